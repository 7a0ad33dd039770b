/** `gatehouse desk`: in Electron where its binary is there, else as a browser window on the loopback host. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { GatehouseError } from '../domain/errors.ts';
import { openDesk } from './core/desk.ts';
import { systemClock, systemRandom } from './core/ports.ts';
import { launchOwner } from './core/replica/launch.ts';
import { openSecrets } from './core/session/secrets.ts';
import { electronBinary } from './electron-binary.ts';
import { openInBrowser } from './loopback/browser.ts';
import { startLoopback } from './loopback/host.ts';

export interface DeskOptions {
  /** The server's address, e.g. `http://localhost:4000`. */
  readonly server: string;
  readonly dataDir: string;
  /** Of the loopback host; 0 takes any that is free. Electron needs none. */
  readonly port: number;
  /** Whether to show a window; without, the address is only answered. */
  readonly open: boolean;
  /** Milliseconds that decisions rest before they leave. */
  readonly hold: number;
}

export interface RunningDesk {
  readonly host: 'electron' | 'loopback';
  /** Where the pages are, with the launch token; null under Electron. For the terminal, never for a log. */
  readonly url: string | null;
  /** Whether a window is there; otherwise the admin opens `url`. */
  readonly opened: boolean;
  /** Resolves when the desk has ended by itself (its window was closed) or by `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '..');
const pagesDir = join(root, 'out/admin');
const shellEntry = join(root, 'out/electron/main/main.js');

function startElectron(binary: string, { server, dataDir, hold }: DeskOptions): RunningDesk {
  const child = spawn(binary, [shellEntry], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      GATEHOUSE_SERVER: server,
      GATEHOUSE_DATA_DIR: dataDir,
      GATEHOUSE_HOLD: String(hold),
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => resolve());
  });
  return {
    host: 'electron',
    url: null,
    opened: true,
    ended,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function startInBrowser({ server, dataDir, hold, port, open }: DeskOptions): Promise<RunningDesk> {
  if (!existsSync(join(pagesDir, 'index.html'))) throw new GatehouseError('pages_missing');
  const desk = await openDesk({
    dataDir,
    server,
    hold,
    clock: systemClock,
    random: systemRandom,
    secrets: await openSecrets(Buffer.from(systemRandom(8)).toString('hex')),
    launch: launchOwner,
    openBrowser: openInBrowser,
    deviceName: hostname(),
  });
  const host = await startLoopback(desk, { port, pagesDir }).catch(async (error: unknown) => {
    await desk.close();
    throw error;
  });
  let finish = (): void => undefined;
  const ended = new Promise<void>((resolve) => (finish = resolve));
  return {
    host: 'loopback',
    url: host.url,
    opened: open && (await openInBrowser(host.url)),
    ended,
    close: async () => {
      await host.close();
      await desk.close();
      finish();
    },
  };
}

/** Starts the desk. Throws `folder_in_use`, `port_taken`, `pages_missing` or `journal_damaged`; nothing runs then. */
export async function startDesk(options: DeskOptions): Promise<RunningDesk> {
  const binary = options.open && existsSync(shellEntry) ? electronBinary() : null;
  return binary ? startElectron(binary, options) : startInBrowser(options);
}

/** Runs the desk until its window is closed or the process is asked to end; `print` gets what the admin must know. */
export async function runDesk(options: DeskOptions, print: (line: string) => void): Promise<void> {
  const desk = await startDesk(options);
  const stop = (): void => void desk.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (desk.url !== null)
    print(desk.opened ? `The desk is open at ${desk.url}` : `Open the desk: ${desk.url}`);
  await desk.ended;
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
}
