/** The stages of a start, in order; each says what it does. */
import { join } from 'node:path';
import { fetchElectron } from './electron.ts';
import { loadDemo, makeGatewayToken } from './demo.ts';
import { recall, remember, type Memory } from './memory.ts';
import {
  deskReadySchema,
  gatewayReadySchema,
  serverReadySchema,
  type DeskReady,
  type Secrets,
} from './next.ts';
import type { Options } from './options.ts';
import { browserPages, build, electronShell, isStale, type Build } from './pages.ts';
import type { Running } from './running.ts';
import type { Voice } from './say.ts';

export interface Stage {
  /** The checkout. */
  readonly root: string;
  readonly options: Options;
  readonly voice: Voice;
  readonly running: Running;
  readonly secrets: Secrets;
  /** Aborted when the start is to be given up. */
  readonly stop: AbortSignal;
}

/** Thrown where pages cannot be built. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
}

async function buildStale({ root, voice, stop }: Stage, builds: readonly Build[]): Promise<void> {
  const stale = await Promise.all(builds.map((one) => isStale(root, one)));
  const wanted = builds.filter((_, place) => stale[place]);
  if (wanted.length === 0) return;
  await voice.step(`building the ${wanted.map(({ name }) => name).join(' and the ')}`, async () => {
    const said = await Promise.all(wanted.map((one) => build(root, one, stop)));
    const wrong = said.filter((text) => text !== null);
    if (wrong.length > 0 && !stop.aborted) throw new BuildFailed(wrong.join('\n'));
  });
}

export function preparePages(stage: Stage): Promise<void> {
  return buildStale(stage, browserPages);
}

/** Answers the server's public address; the first admin, if it made one, goes to the secrets. */
export async function startServer({ root, options, voice, running, secrets }: Stage): Promise<string> {
  const { port, dataDir, gatewayPort } = options;
  const args = ['server', '--data-dir', dataDir, '--port', String(port), '--development', '--log', 'warn'];
  // The portal's curl lines name the gateway that is started next.
  const env = { GATEHOUSE_GATEWAY_URL: `http://localhost:${gatewayPort}` };
  const ready = await voice.step('starting the server and its database', async () =>
    serverReadySchema.parse(await running.start({ name: 'server', cwd: root, args, env })),
  );
  secrets.admin = ready.firstAdmin;
  return ready.publicUrl;
}

/** Whether the server still takes the gateway's token: somebody may have revoked it, or restored an older backup. */
async function isTaken(options: Options, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  // Without a cursor this is wrong in any case; but whose token has ended is told that first.
  const answer = await fetch(`${serverOf(options)}/api/gateway/v1/changes`, { headers });
  await answer.body?.cancel();
  return answer.status !== 401;
}

/** Loads the demo where this is the first start, or where its API has another port now; replaces a token that has ended. */
export async function prepareDemo(stage: Stage): Promise<Memory> {
  const { options, voice, secrets } = stage;
  const { dataDir, upstreamPort } = options;
  // A new database knows nothing of what an older one was told.
  const known = secrets.admin ? null : await recall(dataDir);
  const kept = known && (await isTaken(options, known.gatewayToken)) ? known.gatewayToken : null;
  if (kept !== null && known?.upstreamPort === upstreamPort) return known;
  if (known?.upstreamPort !== upstreamPort) {
    await voice.step('loading the demo portal', async () => {
      secrets.developer = await loadDemo(stage);
    });
  }
  const gatewayToken = kept ?? (await makeGatewayToken(stage));
  const memory = { electronFailedAt: null, ...known, gatewayToken, upstreamPort };
  await remember(dataDir, memory);
  return memory;
}

export async function startUpstream({ root, options, running }: Stage): Promise<void> {
  const args = ['demo', 'upstream', '--port', String(options.upstreamPort)];
  await running.start({ name: 'demo API', cwd: root, args });
}

/** Parts on this machine reach the server here, whatever its public address. */
const serverOf = ({ port }: Options): string => `http://localhost:${port}`;

export async function startGateway(
  { root, options, voice, running }: Stage,
  { gatewayToken }: Memory,
): Promise<void> {
  const { dataDir, gatewayPort } = options;
  const args = ['gateway', '--server', serverOf(options), '--target', 'proxy', '--port', String(gatewayPort)];
  const { trouble } = await voice.step('starting the gateway', async () =>
    gatewayReadySchema.parse(
      await running.start({
        name: 'gateway',
        cwd: root,
        args: [...args, '--data-dir', join(dataDir, 'gateway'), '--log', 'warn'],
        env: { GATEHOUSE_GATEWAY_TOKEN: gatewayToken },
      }),
    ),
  );
  if (trouble) voice.line(`  The gateway hears nothing from the server: ${trouble}`);
}

const day = 24 * 60 * 60 * 1000;

/** A fetch under way; it resolves to whether the binary is there. */
export interface Fetching {
  readonly fetched: Promise<boolean>;
}

/** Begins to fetch Electron beside everything else; null where there is nothing to fetch, or it failed today already. */
export async function beginElectron({ options, stop }: Stage, isMissing: boolean): Promise<Fetching | null> {
  if (!options.open || !isMissing) return null;
  const failedAt = (await recall(options.dataDir))?.electronFailedAt ?? null;
  if (failedAt !== null && Date.now() - failedAt < day) return null;
  return { fetched: fetchElectron(stop) };
}

/** Once the fetch has ended: remembers a failure, so that later starts do not wait for another. */
export async function settleElectron(
  { options, voice }: Stage,
  { fetched }: Fetching,
  memory: Memory,
): Promise<void> {
  if (await fetched) return;
  voice.line(
    '  Electron could not be fetched: the desk opens in the browser (npx install-electron tries again).',
  );
  await remember(options.dataDir, { ...memory, electronFailedAt: Date.now() });
}

export async function startDesk(stage: Stage, hasElectron: boolean): Promise<DeskReady> {
  const { root, options, voice, running } = stage;
  if (hasElectron && options.open) await buildStale(stage, [electronShell]);
  const { dataDir, deskPort, open } = options;
  const args = [
    'desk',
    '--server',
    serverOf(options),
    '--port',
    String(deskPort),
    '--data-dir',
    join(dataDir, 'desk'),
  ];
  return voice.step('starting the desk', async () =>
    deskReadySchema.parse(
      await running.start({ name: 'desk', cwd: root, args: open ? args : [...args, '--no-open'] }),
    ),
  );
}
