/** `gatehouse demo` */
import { defineCommand } from 'citty';
import { UsageError } from '../exits.ts';
import { wholeNumber } from '../number.ts';
import { databaseOptions } from '../options.ts';

const upstream = defineCommand({
  meta: { name: 'upstream', description: 'Serves the API that the demo portal offers', hidden: true },
  args: { port: { type: 'string', valueHint: 'N', default: '9001', description: 'Port on 127.0.0.1' } },
  async run({ args }) {
    const { startUpstream } = await import('../../demo/upstream.ts');
    const { letGo, sayReady, untilStopped } = await import('../lifetime.ts');
    const stopped = untilStopped();
    const running = await startUpstream(wholeNumber('port', args.port, 0, 65_535));
    try {
      sayReady({ url: running.url });
      if (!process.send) process.stderr.write(`The demo API is at ${running.url}. Ctrl+C stops it.\n`);
      await stopped;
    } finally {
      await running.close();
      letGo();
    }
  },
});

export const demo = defineCommand({
  meta: {
    name: 'demo',
    description: 'Fills in a demo: portals and APIs, a developer with a working key, and requests to decide',
  },
  args: {
    registrations: {
      type: 'string',
      valueHint: 'N',
      default: '200',
      description: 'How many registrations there should be; a later run with more adds the difference',
    },
    seed: { type: 'string', valueHint: 'S', default: '1', description: 'The same seed makes the same data' },
    upstream: {
      type: 'string',
      valueHint: 'URL',
      description: 'Where the demo’s APIs answer, if not at http://127.0.0.1:9001',
    },
    json: { type: 'boolean', description: 'Prints the result as one line of JSON' },
    ...databaseOptions,
  },
  subCommands: { upstream },
  async run({ args }) {
    const registrations = wholeNumber('registrations', args.registrations, 0, 1_000_000);
    if (args.upstream !== undefined && !URL.canParse(args.upstream)) {
      throw new UsageError(`--upstream is an address, not "${args.upstream}".`);
    }
    const { fillDemo } = await import('../../demo/fill.ts');
    const { withDatabase } = await import('../with-database.ts');
    const { showProgress } = await import('../progress.ts');
    const progress = showProgress('registrations');
    const result = await withDatabase(
      args,
      (deps) =>
        fillDemo(deps, { registrations, seed: args.seed, upstream: args.upstream, progress: progress.at }),
      'make',
    );
    progress.done();
    const { developer, added } = result;
    if (args.json === true) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    const lines = [
      added.registrations + added.developers === 0
        ? 'All of it was here already; nothing was added.'
        : `Added ${added.developers} developers, ${added.applications} applications, ${added.registrations} registrations.`,
    ];
    if (developer.password !== null) {
      lines.push(`Demo developer: ${developer.email}, password ${developer.password}`);
    }
    if (developer.key !== null) {
      lines.push(`Key of the demo application: ${developer.key}`, 'Both are shown this once.');
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  },
});
