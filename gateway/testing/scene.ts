/** An agent with the built-in proxy between a signed server and an upstream, with a clock to move. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGateway } from '../run.ts';
import type { Gateway } from '../run.ts';
import { call, startUpstream, statusOf } from './calls.ts';
import type { Answer, CallOptions, Upstream } from './calls.ts';
import { startFakeServer } from './server.ts';
import type { FakeServer } from './server.ts';
import { silent, smallWorld, until } from './world.ts';

export interface Scene {
  readonly server: FakeServer;
  readonly upstream: Upstream;
  readonly world: ReturnType<typeof smallWorld>;
  readonly dataDir: string;
  readonly stateFile: string;
  /** Milliseconds that the agent's clock is ahead. */
  ahead: number;
  /** The agent, which must be running. */
  agent(): Gateway;
  start(more?: { token?: string; server?: string; metricsPort?: number }): Promise<Gateway>;
  /** Started and at the server's cursor. */
  startInTouch(): Promise<Gateway>;
  inTouch(): Promise<void>;
  stop(): Promise<void>;
  /** The status of `/mock` with the world's key. */
  ask(key?: string, path?: string): Promise<number>;
  call(path: string, options?: CallOptions): Promise<Answer>;
  becomes(wanted: number): Promise<void>;
  /** Waits until the agent has refused an answer for this reason. */
  refuses(code: string): Promise<void>;
  acknowledged(): Promise<void>;
  close(): Promise<void>;
}

export async function createScene(): Promise<Scene> {
  const upstream = await startUpstream();
  const world = smallWorld(upstream.url);
  const server = await startFakeServer(world.records);
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
  let gateway: Gateway | null = null;

  const agent = (): Gateway => {
    if (!gateway) throw new Error('the agent is not running');
    return gateway;
  };
  const port = (): number => agent().port ?? 0;
  const ask = (key = world.key, path = '/mock'): Promise<number> => statusOf(port(), path, key);
  const stop = async (): Promise<void> => {
    await gateway?.close();
    gateway = null;
  };
  const inTouch = (): Promise<void> =>
    until(
      () => agent().status().connected && agent().status().cursor === server.cursor(),
      'the server’s cursor',
    );

  async function start(
    more: { token?: string; server?: string; metricsPort?: number } = {},
  ): Promise<Gateway> {
    const { url, token } = server;
    const now = (): number => Date.now() + scene.ahead;
    const options = {
      server: url,
      token,
      target: 'proxy',
      dataDir,
      port: 0,
      log: silent,
      now,
      ...more,
    } as const;
    gateway = await runGateway(options);
    return gateway;
  }

  const scene: Scene = {
    server,
    upstream,
    world,
    dataDir,
    stateFile: join(dataDir, 'state.frames'),
    ahead: 0,
    agent,
    start,
    async startInTouch() {
      const started = await start();
      await inTouch();
      return started;
    },
    inTouch,
    stop,
    ask,
    call: (path, options) => call(port(), path, options),
    becomes: (wanted) => until(async () => (await ask()) === wanted, `status ${wanted}`),
    refuses: (code) => until(() => agent().status().failure?.code === code, code),
    acknowledged: () => until(() => server.acks.at(-1)?.cursor === server.cursor(), 'the acknowledgement'),
    async close() {
      await stop();
      await server.close();
      await upstream.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return scene;
}
