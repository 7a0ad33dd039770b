/** The real HAProxy with the shipped configuration. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareHaproxy } from '../haproxy/prepare.ts';
import { statusOf } from './calls.ts';
import { until } from './world.ts';

/** Where Debian puts it; on other systems the tests that need it say so. */
export const haproxyPath = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/opt/homebrew/bin/haproxy'].find(
  existsSync,
);

export interface RealHaproxy {
  readonly port: number;
  readonly socket: string;
  readonly mapsDir: string;
  /** Its configuration, maps and socket. */
  readonly folder: string;
  /** All that it has written to its log. */
  said(): string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function createHaproxy(): Promise<RealHaproxy> {
  if (haproxyPath === undefined) throw new Error('HAProxy is not installed');
  const program = haproxyPath;
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-haproxy-'));
  const port = await freePort();
  const socket = join(folder, 'haproxy.sock');
  const mapsDir = join(folder, 'maps');
  const config = join(folder, 'haproxy.cfg');
  await prepareHaproxy(config, { host: '127.0.0.1', port, socket, mapsDir });
  let running: ChildProcess | null = null;
  let said = '';

  async function start(): Promise<void> {
    // As a service manager starts it: nothing of this process is in its environment.
    const child = spawn(program, ['-db', '-f', config], { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
    running = child;
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => (said += chunk.toString()));
    }
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`HAProxy did not start: ${said}`);
      return statusOf(port, '/').then(
        () => true,
        () => false,
      );
    }, 'HAProxy to answer');
  }

  async function kill(): Promise<void> {
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
    running = null;
  }

  return {
    port,
    socket,
    mapsDir,
    folder,
    said: () => said,
    start,
    kill,
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
