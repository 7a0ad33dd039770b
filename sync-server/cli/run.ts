/** Finds the command, checks what was typed, runs it, and turns what goes wrong into a line and an exit code. */
import { parseArgs, stripVTControlCharacters, type ParseArgsConfig } from 'node:util';
import { renderUsage, runCommand, type ArgsDef, type CommandDef, type CommandMeta } from 'citty';
import { exitCodes, exitCodesHelp, tell, UsageError, type ExitCode } from './exits.ts';
import { root } from './root.ts';

interface Found {
  readonly command: CommandDef;
  /** Its name with those above it, e.g. `gatehouse admin`. */
  readonly above: string;
  readonly rest: readonly string[];
}

/** citty lets each part be a value, a promise or a function of either. */
type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>);

async function resolve<T extends object>(value: Resolvable<T> | undefined): Promise<T | undefined> {
  return typeof value === 'function' ? value() : value;
}

async function metaOf(command: CommandDef): Promise<CommandMeta> {
  return (await resolve<CommandMeta>(command.meta)) ?? {};
}

/** Commands come before options, so that no option's value is taken for one. */
async function find(command: CommandDef, above: string, argv: readonly string[]): Promise<Found> {
  const children = (await resolve(command.subCommands)) ?? {};
  const [name, ...rest] = argv;
  if (name === undefined || name.startsWith('-')) return { command, above, rest: argv };
  const child = Object.hasOwn(children, name) ? children[name] : undefined;
  if (child !== undefined) {
    const next: CommandDef | undefined = await resolve<CommandDef>(child);
    const here = `${above} ${(await metaOf(command)).name ?? ''}`.trim();
    if (next) return find(next, here, rest);
  }
  if (Object.keys(children).length > 0) throw new UsageError(`There is no command "${name}".`);
  return { command, above, rest: argv };
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h';
}

/** Throws `UsageError` for what is unknown, has no value or is too much; citty itself lets all of that pass. */
function check(given: readonly string[], known: ArgsDef): void {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  let places = 0;
  for (const [name, { type = 'string' }] of Object.entries(known)) {
    if (type === 'positional') places += 1;
    else options[name] = { type: type === 'boolean' ? 'boolean' : 'string' };
  }
  const { positionals, values } = parseStrictly(given, options);
  const extra = positionals[places];
  if (extra !== undefined) throw new UsageError(`There is no place for "${extra}".`);
  for (const [name, { type, required }] of Object.entries(known)) {
    const isMissing = required === true && type !== 'positional' && values[name] === undefined;
    if (isMissing) throw new UsageError(`Missing required argument: --${name}.`);
  }
}

function parseStrictly(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true, allowNegative: true });
  } catch (error) {
    // Node goes on to explain what to do about a dash; the first sentence is what was wrong.
    const [reason = ''] = (error instanceof Error ? error.message : '').split(/\. |\n/);
    throw new UsageError(`${reason.replace(/\.$/, '')}.`);
  }
}

async function help({ command, above }: Found): Promise<string> {
  const usage = await renderUsage(command, { meta: { name: above } });
  const text = `${usage.trimEnd()}\n\n${exitCodesHelp}`;
  return process.stdout.isTTY && process.env['NO_COLOR'] === undefined
    ? text
    : stripVTControlCharacters(text);
}

/** Runs what was typed; never throws. */
export async function runCommandLine(argv: readonly string[]): Promise<ExitCode> {
  let options: readonly string[] = [];
  try {
    if (argv[0] === '--version') {
      process.stdout.write(`${(await metaOf(root)).version ?? ''}\n`);
      return exitCodes.ok;
    }
    const found = await find(root, '', argv);
    if (found.rest.some(isHelp)) {
      process.stdout.write(await help(found));
      return exitCodes.ok;
    }
    const { command, rest } = found;
    if (!command.run) {
      if (rest[0] !== undefined) throw new UsageError(`A command is missing before "${rest[0]}".`);
      process.stderr.write(await help(found));
      return exitCodes.usage;
    }
    const known = (await resolve<ArgsDef>(command.args)) ?? {};
    options = Object.keys(known);
    check(rest, known);
    await runCommand(command, { rawArgs: [...rest] }).catch((error: unknown) => {
      throw missing(error);
    });
    return exitCodes.ok;
  } catch (error) {
    const { exit, lines } = tell(error, options);
    process.stderr.write(`${lines.join('\n')}\n`);
    return exit;
  }
}

/** citty's own complaints (a missing argument, a value that is no choice) are about usage. */
function missing(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'CLIError') return error;
  return new UsageError(`${stripVTControlCharacters(error.message).replace(/\.$/, '')}.`);
}
