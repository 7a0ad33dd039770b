/** Runs the product's own commands, as a person at a terminal does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const commandLine = join(root, 'sync-server/cli/gatehouse.ts');

export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the machine's own settings are must not matter. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('GATEHOUSE_') && name !== 'DATABASE_URL' && !name.startsWith('VITEST'),
  );
  return { ...Object.fromEntries(inherited), ...more };
}

export function launch(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, args, { cwd: root, env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Collects what a process says; `until` resolves once all of it matches. */
export function listen(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const note = (): void => {
    for (const look of waiting) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    note();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    note();
  });
  const ended = once(child, 'close').then((): Done => ({ code: child.exitCode, stdout, stderr }));
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stdout + stderr)) return;
        waiting.delete(look);
        resolve(stdout + stderr);
      };
      waiting.add(look);
      void ended.then(({ code }) => {
        reject(
          new Error(`ended with ${String(code)} before it said ${String(pattern)}:\n${stdout}${stderr}`),
        );
      });
      look();
    });
  return { ended, until };
}

/** `gatehouse …` to its end. */
export async function gatehouse(
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Done> {
  const child = launch([commandLine, ...args], env);
  const { ended } = listen(child);
  child.stdin?.end(input);
  return ended;
}

export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map((probe) => {
    const address = probe.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
  return ports;
}

export interface Scratch {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function scratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'));
  // Under root the database runs as another account, which has to pass.
  await chmod(folder, 0o711);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** All processes that have `word` in their command line. */
export async function processesWith(
  word: string,
): Promise<{ readonly pid: number; readonly args: string }[]> {
  const { ended } = listen(spawn('ps', ['-eo', 'pid=,args=', '-ww'], { stdio: ['ignore', 'pipe', 'pipe'] }));
  const lines = (await ended).stdout.split('\n').filter((line) => line.includes(word));
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), args: line }));
}
