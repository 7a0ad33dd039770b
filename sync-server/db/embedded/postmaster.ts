/** One running PostgreSQL: started, watched, stopped. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command } from './command.ts';
import type { DatabaseLog } from './log.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Postmaster {
  readonly pid: number;
  /** Settles when the process is gone. */
  readonly ended: Promise<Ended>;
  /** Fast shutdown: clients are cut off, what they committed is safe. Settles when the process is gone. */
  stop(): Promise<void>;
}

export type StartResult =
  { readonly ok: true; readonly postmaster: Postmaster } | { readonly ok: false; readonly output: string };

const shutdownPatience = 60_000;
const readyLine = /^LOG: {2}database system is ready to accept connections/;

/** PostgreSQL's `LOG:` is news; its `ERROR:` is mostly the client's affair, who was told. */
function report(line: string, log: DatabaseLog): void {
  const message = `postgres: ${line}`;
  if (/^(WARNING|FATAL|PANIC):/.test(line)) log.warn(message);
  else log.debug(message);
}

function handle(child: ChildProcess, pid: number, ended: Promise<Ended>): Postmaster {
  let stopping: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGQUIT'), shutdownPatience);
    await ended;
    clearTimeout(timer);
  };
  return { pid, ended, stop: () => (stopping ??= shutDown()) };
}

/**
 * Starts PostgreSQL and settles when it takes connections, or has ended without (`output` then has its last words).
 * There is no time limit: after a crash it first replays its log, and stopping it then would only start that over.
 */
export function startPostmaster(command: Command, log: DatabaseLog): Promise<StartResult> {
  return new Promise((resolve) => {
    const child = spawn(command.file, command.args, {
      ...command.options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lastLines: string[] = [];
    const ended = new Promise<Ended>((settle) => {
      child.on('exit', (code, signal) => {
        settle({ code, signal });
      });
      child.on('error', (error) => {
        lastLines.push(error.message);
        if (child.pid === undefined) settle({ code: null, signal: null });
      });
    });
    const { pid, stderr } = child;
    const lines = createInterface({ input: stderr });
    const fail = (): void => {
      resolve({ ok: false, output: lastLines.join('\n') });
    };
    lines.on('line', (line) => {
      report(line, log);
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (pid !== undefined && readyLine.test(line)) {
        resolve({ ok: true, postmaster: handle(child, pid, ended) });
      }
    });
    // 'close' comes after the last line, so the output is complete; without a process there is only 'error'.
    child.on('close', fail);
    if (pid === undefined) void ended.then(fail);
  });
}
