/**
 * What is killed, in one place: a PostgreSQL, a server as a process of its own, and a desk, with a relay on each wire
 * between them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createAdmin } from '../../../sync-server/admins/accounts.ts';
import { createCommit } from '../../../sync-server/changelog/commit.ts';
import { createDb, createPool } from '../../../sync-server/db/connect.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../sync-server/db/embedded/start.ts';
import { migrate } from '../../../sync-server/db/migrate.ts';
import { createTestPortal, type TestPortal } from '../../../sync-server/decisions/testing.ts';
import type { Person } from '../../support/sign-in.ts';
import { startServerApart, type ServerApart } from '../../support/server-apart.ts';
import { serverFolder } from '../../support/whole.ts';
import { openRelay, type Relay } from './relay.ts';

export interface Stage {
  /** Where desks connect to; the same before and after a kill. */
  readonly url: string;
  readonly person: Person;
  readonly portal: TestPortal;
  /** The relays on the two wires. */
  readonly wires: { readonly database: Relay; readonly sync: Relay };
  /** Straight to the database, past the relay. Ends with each kill of the database; ask anew. */
  readonly pool: () => Pool;
  /** SIGKILL and a new start. What was held back is dropped. */
  readonly killServer: () => Promise<void>;
  readonly killDatabase: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const person: Person = { email: 'ada@example.com', password: 'the long word of Ada' };

/** A portal with `requests` pending developers, an owner, and everything running. */
export async function openStage(requests: number): Promise<Stage> {
  const folder = await serverFolder();
  const sockets = await mkdtemp(join(tmpdir(), 'gatehouse-wire-'));
  const start = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir: join(folder, 'database'), log: silent, onExit: () => undefined });
  let database = await start();
  let pool = openPool(database);

  const { portal } = await fill(pool, requests);
  const socket = `.s.PGSQL.${database.connection.port}`;
  const databaseWire = await openRelay({ path: join(sockets, socket) }, () => ({
    path: join(database.connection.host, socket),
  }));
  const { user, port, database: name } = database.connection;
  const databaseUrl = `postgresql://${user}@${encodeURIComponent(sockets)}:${port}/${name}`;

  let server: ServerApart | null = null;
  const { wire: syncWire, url } = await listen(() => server?.port ?? 0);
  const startServer = async (): Promise<void> => {
    server = await startServerApart({ dataDir: join(folder, 'server'), publicUrl: url, databaseUrl });
  };
  await startServer();

  const thaw = (): void => {
    databaseWire.thaw();
    syncWire.thaw();
  };
  return {
    url,
    person,
    portal,
    wires: { database: databaseWire, sync: syncWire },
    pool: () => pool,
    killServer: async () => {
      await server?.kill();
      thaw();
      await startServer();
    },
    killDatabase: async () => {
      await pool.end();
      process.kill(database.pid, 'SIGKILL');
      thaw();
      // Waits for what the killed one left, as a new start after a crash does.
      database = await start();
      pool = openPool(database);
    },
    close: async () => {
      await server?.kill();
      await Promise.all([databaseWire.close(), syncWire.close()]);
      await pool.end();
      await database.stop();
      for (const made of [folder, sockets]) await rm(made, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

function openPool(database: EmbeddedPostgres): Pool {
  return createPool({ ...database.connection, max: 2 });
}

async function fill(pool: Pool, requests: number): Promise<{ portal: TestPortal }> {
  const db = createDb(pool);
  await migrate(db);
  const clock = (): number => Date.now();
  const commit = createCommit({ db, clock, projections: [], committed: () => undefined });
  await commit((change) =>
    createAdmin(change, clock, { ...person, name: 'Ada', role: 'owner' }, { actor: 'system' }),
  );
  return { portal: await createTestPortal(commit, requests) };
}

async function listen(port: () => number): Promise<{ wire: Relay; url: string }> {
  const wire = await openRelay({ host: '127.0.0.1', port: 0 }, () => ({ host: '127.0.0.1', port: port() }));
  return { wire, url: `http://127.0.0.1:${wire.port}` };
}
