/** A whole server for tests: real, with an embedded database of its own, behind a cable that can be pulled. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../domain/entities.ts';
import { createAdmin } from '../../sync-server/admins/accounts.ts';
import { startServer, type RunningServer } from '../../sync-server/server.ts';
import { layCable, type Cable } from './cut.ts';
import { startServerApart, type ServerApart } from './server-apart.ts';
import type { Person } from './sign-in.ts';

export interface Whole {
  readonly server: RunningServer;
  /** Desks go through it: its address is the server's public one. */
  readonly cable: Cable;
  readonly dataDir: string;
  /** One more admin, with a password. */
  readonly addAdmin: (name: string, role?: Role) => Promise<Person & { readonly id: string }>;
  /** Stops the server and its database; the data stays. */
  readonly stop: () => Promise<void>;
  /** Starts it again on its data. */
  readonly start: () => Promise<void>;
  /** Starts it again as a process of its own, behind the same cable; its database ends with it. */
  readonly startApart: () => Promise<ServerApart>;
  readonly close: () => Promise<void>;
}

/** A folder that the account of the embedded database may pass, too. */
export async function serverFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-server-'));
  await chmod(folder, 0o711);
  return folder;
}

export async function startWhole(): Promise<Whole> {
  const dataDir = await serverFolder();
  let running: RunningServer | null = null;
  const current = (): RunningServer => {
    if (!running) throw new Error('the server is stopped');
    return running;
  };
  let port = 0;
  const cable = await layCable(() => port);
  const start = async (): Promise<void> => {
    running = await startServer({
      flags: { dataDir, port: 0, publicUrl: cable.url },
      env: {},
      logLevel: 'error',
    });
    port = running.config.port;
  };
  let apart: ServerApart | null = null;
  const startApart = async (): Promise<ServerApart> => {
    apart = await startServerApart({ dataDir, publicUrl: cable.url });
    ({ port } = apart);
    return apart;
  };
  const stop = async (): Promise<void> => {
    const stopping = running;
    running = null;
    await stopping?.close();
  };
  await start();
  return {
    get server() {
      return current();
    },
    cable,
    dataDir,
    addAdmin: async (name, role = 'owner') => {
      const { commit, clock } = current().deps;
      const person = { email: `${name.toLowerCase()}@example.com`, password: `the long word of ${name}` };
      const { id } = await commit((change) =>
        createAdmin(change, clock, { ...person, name, role }, { actor: 'system' }),
      );
      return { ...person, id };
    },
    start,
    startApart,
    stop,
    close: async () => {
      await cable.close();
      await apart?.kill();
      await stop();
      // The database of a killed server ends a moment after it.
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
