/** Short-lived commands: run to the end, output collected, failures returned rather than thrown. */
import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';

export interface CommandResult {
  /** 0 when all went well; null when a signal ended it or it could not be started. */
  readonly status: number | null;
  readonly stdout: string;
  /** What it wrote to stderr, or why it could not be started. */
  readonly stderr: string;
}

/** Runs a command to its end. `options.stdio` is taken: stdin gets `input`, the rest is collected. */
export function run(
  file: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'stdio'> = {},
  input = '',
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const finish = (status: number | null, failure = ''): void => {
      resolve({
        status,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString() + failure,
      });
    };
    let child: ChildProcess;
    try {
      child = spawn(file, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      finish(null, String(error));
      return;
    }
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error) => {
      finish(null, error.message);
    });
    child.on('close', (status) => {
      finish(status);
    });
    // A command that ends without reading closes the pipe; its status says what went wrong.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
