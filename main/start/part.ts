/**
 * A part of Gatehouse as a process of its own, by the command line. It says when it is ready over the channel to its parent,
 * is told to stop there, and stops by itself should the parent be gone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const commandLine = fileURLToPath(new URL('../../sync-server/cli/gatehouse.ts', import.meta.url));
const readySchema = z.looseObject({ t: z.literal('ready') });

/** Keeps what Node makes of the sources: later starts take half the time for it. */
const compileCache = 'node_modules/.cache/node';
/** Lines kept of what a part says, to be shown should it fail. */
const kept = 12;
/** After this a part that does not stop is ended, in milliseconds. */
const patience = 15_000;

/** How a part ended. */
export interface Ended {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastLines: readonly string[];
}

/** Thrown where a part ended that should not have. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed';
  readonly ended: Ended;

  constructor(ended: Ended) {
    super(`${ended.name} ended unexpectedly (${String(ended.signal ?? ended.code)})`);
    this.ended = ended;
  }
}

export interface Part {
  readonly name: string;
  /** What it said when it was ready; rejects with `PartFailed` where it ended before. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<Ended>;
  stop(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

function start({ args, cwd, env = {} }: PartOptions, ipc: boolean): ChildProcess {
  return spawn(process.execPath, [commandLine, ...args], {
    cwd,
    // A group of its own: a terminal's Ctrl+C reaches this program only, which stops the parts in order.
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    env: { NODE_COMPILE_CACHE: join(cwd, compileCache), ...process.env, ...env },
  });
}

function lastLinesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > kept) lines.shift();
    });
  }
  return lines;
}

function endOf(name: string, child: ChildProcess, lastLines: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    // 'close' comes after the last line; a process that could not be started has neither code nor signal.
    child.once('close', (code, signal) => {
      resolve({ name, code, signal, lastLines });
    });
    child.once('error', () => {
      resolve({ name, code: null, signal: null, lastLines });
    });
  });
}

export function startPart(options: PartOptions): Part {
  const { name } = options;
  const child = start(options, true);
  const ended = endOf(name, child, lastLinesOf(child));
  const ready = new Promise<unknown>((resolve, reject) => {
    child.on('message', (message) => {
      if (readySchema.safeParse(message).success) resolve(message);
    });
    void ended.then((how) => {
      reject(new PartFailed(how));
    });
  });
  // Awaited by the caller sooner or later; an end before that must not count as unheard.
  ready.catch(() => undefined);
  return {
    name,
    ready,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) child.send({ t: 'stop' }, () => undefined);
      else child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patience);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Runs a command to its end and answers its standard output. Throws `PartFailed`. */
export async function runToEnd(options: PartOptions, stop: AbortSignal): Promise<string> {
  const child = start(options, false);
  const abort = (): boolean => child.kill('SIGTERM');
  stop.addEventListener('abort', abort);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = await endOf(options.name, child, lastLinesOf(child));
  stop.removeEventListener('abort', abort);
  if (ended.code !== 0) throw new PartFailed(ended);
  return output;
}
