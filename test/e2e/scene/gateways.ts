/** Both gateways beside one upstream: the built-in proxy, and a real HAProxy that an agent feeds. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import { startCommand, type Started } from '../../support/processes.ts';
import { haproxyPath } from '../../support/system.ts';
import { freePort } from './ports.ts';

export interface Upstream {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Answers everything with its path and who called. */
export async function startUpstream(): Promise<Upstream> {
  const server = createServer((asked, answer) => {
    answer.setHeader('content-type', 'application/json');
    answer.end(
      JSON.stringify({ path: asked.url, application: asked.headers['gatehouse-application'] ?? null }),
    );
  }).listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export interface TestGateway {
  readonly name: 'proxy' | 'haproxy';
  /** The status that a call of the mock API with this key gets. */
  readonly call: (key: string | null) => Promise<number>;
  /** SIGKILL of all of it, and a start: the server need not be up. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const readySchema = z.looseObject({ t: z.literal('ready') });

async function call(port: number, key: string | null): Promise<number> {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}/mock/hello`, {
    headers: key === null ? {} : { apikey: key },
    // A gateway that was just started again has closed the connections of before.
    reset: true,
  });
  await body.dump();
  return statusCode;
}

export async function startProxy(server: string, token: string): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-proxy-'));
  const port = await freePort();
  const words = [
    'gateway',
    '--server',
    server,
    '--target',
    'proxy',
    '--port',
    String(port),
    '--data-dir',
    folder,
    '--log',
    'error',
  ];
  const start = (): Promise<Started<unknown>> =>
    startCommand(words, readySchema, { GATEHOUSE_GATEWAY_TOKEN: token });
  let agent = await start();
  return {
    name: 'proxy',
    call: (key) => call(port, key),
    async restart() {
      await agent.kill();
      agent = await start();
    },
    async close() {
      await agent.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

export async function startHaproxy(server: string, token: string): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-haproxy-'));
  const port = await freePort();
  const files = ['--socket', join(folder, 'haproxy.sock'), '--maps-dir', join(folder, 'maps')];
  const words = [
    'gateway',
    '--server',
    server,
    '--target',
    'haproxy',
    '--port',
    String(port),
    '--data-dir',
    join(folder, 'state'),
    ...files,
  ];
  const config = join(folder, 'haproxy.cfg');
  const env = { GATEHOUSE_GATEWAY_TOKEN: token };
  const writer = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../../sync-server/cli/gatehouse.ts'), ...words, '--write-config', config],
    { stdio: 'inherit' },
  );
  await once(writer, 'exit');
  const startHaproxyItself = (): ChildProcess =>
    spawn(haproxyPath() ?? 'haproxy', ['-f', config, '-db'], { stdio: 'ignore' });
  const startAgent = (): Promise<Started<unknown>> =>
    startCommand([...words, '--log', 'error'], readySchema, env);
  let haproxy = startHaproxyItself();
  let agent = await startAgent();
  return {
    name: 'haproxy',
    call: (key) => call(port, key),
    async restart() {
      await agent.kill();
      await end(haproxy, 'SIGKILL');
      haproxy = startHaproxyItself();
      agent = await startAgent();
    },
    async close() {
      await agent.stop();
      await end(haproxy, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
