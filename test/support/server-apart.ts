/** Starts server-process.ts and ends it as a machine does that loses its power. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ServerApart {
  readonly port: number;
  readonly pid: number;
  /** SIGKILL: the server has no time to say or to save anything. */
  readonly kill: () => Promise<void>;
}

export interface ServerApartOptions {
  readonly dataDir: string;
  readonly publicUrl: string;
  /** None: an embedded database of its own, which ends with it. */
  readonly databaseUrl?: string;
  /** The one that all servers on a database share; none: its own. */
  readonly secretsKey?: string;
  /** Whether webhooks may go to this machine. */
  readonly webhookPrivate?: boolean;
}

const program = fileURLToPath(new URL('./server-process.ts', import.meta.url));

/** Resolves when it listens; throws where it ends before. */
export async function startServerApart(options: ServerApartOptions): Promise<ServerApart> {
  const { dataDir, publicUrl, databaseUrl, webhookPrivate = false, secretsKey } = options;
  const child = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PUBLIC_URL: publicUrl,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...(secretsKey === undefined ? {} : { SECRETS_KEY: secretsKey }),
      GATEHOUSE_WEBHOOK_PRIVATE: webhookPrivate ? '1' : '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await Promise.race([
    new Promise<number>((resolve) =>
      createInterface(child.stdout).once('line', (line) => resolve(Number(line))),
    ),
    once(child, 'exit').then(() => {
      throw new Error('the server ended before it listened');
    }),
  ]);
  return {
    port,
    pid: child.pid ?? 0,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
