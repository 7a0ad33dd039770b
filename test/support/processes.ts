/** Real processes of the command line, for tests that end them in every way a machine can. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '../..');

export interface Started<T> {
  /** What the command said when it was ready. */
  readonly ready: T;
  readonly pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** SIGKILL, as a power cut or an out-of-memory killer does; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and a clean end. */
  stop(): Promise<void>;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Starts `gatehouse <words>` and waits until it says over IPC that it is ready; throws what it printed if it ends first. */
export async function startCommand<S extends z.ZodType>(
  words: readonly string[],
  readySchema: S,
  env: Readonly<Record<string, string>> = {},
): Promise<Started<z.infer<S>>> {
  const child = spawn(process.execPath, [join(root, 'sync-server/cli/gatehouse.ts'), ...words], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  const output = (): string => printed.join('');
  const ready = await new Promise<z.infer<S>>((resolve, reject) => {
    child.on('message', (message) => {
      const said = z.looseObject({ t: z.string() }).safeParse(message);
      if (said.success && said.data.t === 'ready') resolve(readySchema.parse(message));
    });
    child.once('exit', (code, signal) => {
      reject(new Error(`gatehouse ${words.join(' ')} ended with ${String(signal ?? code)}:\n${output()}`));
    });
    child.once('error', reject);
  });
  return {
    ready,
    pid: child.pid ?? 0,
    output,
    async kill() {
      child.kill('SIGKILL');
      await ended(child);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}
