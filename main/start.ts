/** `npm start`: the whole of Gatehouse with its demo, as processes of their own that end together. */
import { join } from 'node:path';
import process from 'node:process';
import { couldRunElectron, electronBinary } from './electron-binary.ts';
import { dataFolders } from './start/data.ts';
import { closingWords, deskLine, secretLines, type Secrets } from './start/next.ts';
import { help, parseOptions, type Options } from './start/options.ts';
import { ownOrigin, untilOrphaned } from './start/orphaned.ts';
import { PartFailed } from './start/part.ts';
import { takenPorts } from './start/ports.ts';
import { createRunning } from './start/running.ts';
import { createVoice } from './start/say.ts';
import {
  beginElectron,
  prepareDemo,
  preparePages,
  settleElectron,
  startDesk,
  startGateway,
  startServer,
  startUpstream,
  type Stage,
} from './start/stages.ts';

const root = join(import.meta.dirname, '..');
const exitCodes = { stopped: 0, failed: 1, usage: 2, refused: 3 } as const;

/** Brings everything up and says what to do next. */
async function bringUp(stage: Stage): Promise<void> {
  const { options, voice, secrets } = stage;
  const { gatewayPort, dataDir } = options;
  const fetching = await beginElectron(stage, couldRunElectron() && electronBinary() === null);
  await preparePages(stage);
  const openDesk = async (): Promise<string> => deskLine(await startDesk(stage, electronBinary() !== null));
  // The desk works without the server, so it need not wait for it.
  const [publicUrl, , desk] = await Promise.all([
    startServer(stage),
    startUpstream(stage),
    fetching ? '  Desk     opens as soon as Electron has been fetched' : openDesk(),
  ]);
  const memory = await prepareDemo(stage);
  await startGateway(stage, memory);

  voice.line(`\nGatehouse is running, after ${voice.elapsed()}.`);
  const data = await dataFolders(dataDir);
  for (const line of closingWords({ publicUrl, gatewayPort, data, desk }, secrets)) voice.line(line);
  secrets.admin = null;
  secrets.developer = null;
  if (!fetching) return;
  await settleElectron(stage, fetching, memory);
  voice.line(await openDesk());
}

/** Resolves at the first signal; more of them change nothing, since stopping is under way. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

function explain(error: unknown): string[] {
  if (error instanceof PartFailed) {
    const { name, code, signal, lastLines } = error.ended;
    return [
      `The ${name} ended (${String(signal ?? code ?? 'it could not be started')}). Its last lines:`,
      ...lastLines,
    ];
  }
  return [error instanceof Error ? error.message : String(error)];
}

async function run(options: Options): Promise<number> {
  const stop = new AbortController();
  const voice = createVoice((text) => process.stdout.write(text), stop.signal);
  const taken = await takenPorts(options);
  if (taken.length > 0) {
    for (const line of taken) voice.line(line);
    voice.line('If that is Gatehouse itself, it is running already.');
    return exitCodes.refused;
  }
  const stopped = Promise.race([untilSignal(), untilOrphaned(ownOrigin(root))]);
  const secrets: Secrets = { admin: null, developer: null };
  const running = createRunning(({ name, code }) => {
    const isClosed = name === 'desk' && code === 0;
    if (isClosed) voice.line('The desk was closed; the rest goes on. Open it again: npx gatehouse desk');
    return isClosed;
  });
  voice.line(`Starting Gatehouse; its data is in ${options.dataDir}`);
  let exit: number = exitCodes.stopped;
  try {
    const up = bringUp({ root, options, voice, running, secrets, stop: stop.signal });
    const forever = up.then(() => running.failure);
    await Promise.race([stopped, running.failure, forever]);
  } catch (error) {
    exit = exitCodes.failed;
    for (const line of explain(error)) voice.line(line);
  }
  stop.abort();
  // Made in a start that did not get to its end: shown all the same, since they are kept nowhere.
  for (const line of secretLines(secrets)) voice.line(line);
  voice.line('\nStopping …');
  await running.stop();
  voice.line('Stopped.');
  return exit;
}

const parsed = parseOptions(process.argv.slice(2), process.env, root);
if (parsed.kind === 'help') {
  process.stdout.write(help);
} else if (parsed.kind === 'wrong') {
  process.stderr.write(`${parsed.reason}. See npm start -- --help.\n`);
  process.exitCode = exitCodes.usage;
} else {
  // Exited, since a bundler or a fetch that was given up may still hold on to something.
  process.exit(await run(parsed.options));
}
