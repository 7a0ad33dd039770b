/** The sync-server as an operator runs it: the command line, on its embedded database, to be killed at any moment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { startCommand, type Started } from '../../support/processes.ts';
import { serverFolder } from '../../support/whole.ts';
import { freePort } from './ports.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../../sync-server/cli/gatehouse.ts');

const readySchema = z.looseObject({
  url: z.string(),
  firstAdmin: z.object({ email: z.string(), password: z.string() }).nullable(),
});

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly firstAdmin: { readonly email: string; readonly password: string };
  /** Runs a command of `gatehouse` on the server's data and answers what it printed. */
  command(...words: string[]): Promise<string>;
  /** SIGKILL of the server, which takes its database with it, and a start on what was left. */
  crash(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestServer(): Promise<TestServer> {
  const dataDir = await serverFolder();
  const port = await freePort();
  const words = ['server', '--data-dir', dataDir, '--port', String(port), '--development', '--log', 'error'];
  let running: Started<z.infer<typeof readySchema>> = await startCommand(words, readySchema);
  const { firstAdmin } = running.ready;
  if (!firstAdmin) throw new Error('a first start makes a first admin');
  return {
    url: `http://localhost:${port}`,
    port,
    dataDir,
    firstAdmin,
    async command(...given) {
      const { stdout } = await run(process.execPath, [program, ...given, '--data-dir', dataDir]);
      return stdout.trim();
    },
    async crash() {
      await running.kill();
      running = await startCommand(words, readySchema);
    },
    kill: () => running.kill(),
    stop: () => running.stop(),
  };
}
