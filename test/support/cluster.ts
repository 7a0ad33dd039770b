/**
 * Several real servers, each a process with a data folder of its own, on one PostgreSQL behind a plain TCP balancer; and one
 * more in this process, which nobody is sent to: tests change the portal with it and look at the database.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Role } from '../../domain/entities.ts';
import { createAdmin } from '../../sync-server/admins/accounts.ts';
import { createDb, createPool } from '../../sync-server/db/connect.ts';
import { migrate } from '../../sync-server/db/migrate.ts';
import { openTestWire, type TestWire } from '../../sync-server/db/testing-wire.ts';
import { createTestDatabase, startTestServer } from '../../sync-server/db/testing.ts';
import { startServer, type RunningServer } from '../../sync-server/server.ts';
import { startBalancer, type Balancer } from './balancer.ts';
import { startServerApart, type ServerApart } from './server-apart.ts';
import type { Person } from './sign-in.ts';
import { serverFolder } from './whole.ts';

export interface Member {
  readonly dataDir: string;
  /** Null while it is down. */
  running: ServerApart | null;
}

export interface Cluster {
  readonly balancer: Balancer;
  readonly members: readonly Member[];
  /** The members' way to the database. */
  readonly wire: TestWire;
  /** Beside the others, on the same database. */
  readonly side: RunningServer;
  addAdmin(name: string, role?: Role): Promise<Person & { readonly id: string }>;
  kill(member: Member): Promise<void>;
  start(member: Member): Promise<void>;
  close(): Promise<void>;
}

export async function startCluster(size: number): Promise<Cluster> {
  const postgres = await startTestServer(async (connection) => {
    const db = createDb(createPool(connection));
    await migrate(db);
    await db.destroy();
  });
  const database = await createTestDatabase(postgres);
  const databaseUrl = database.connectionString;
  const wire = await openTestWire(database.connection);
  // What one has sealed the others have to read.
  const secretsKey = randomBytes(32).toString('base64');
  const balancer = await startBalancer();
  const members: Member[] = [];
  for (let number = 0; number < size; number++)
    members.push({ dataDir: await serverFolder(), running: null });

  const showPorts = (): void => {
    balancer.ports = members.flatMap(({ running }) => (running ? [running.port] : []));
  };
  const start = async (member: Member): Promise<void> => {
    const { dataDir } = member;
    member.running = await startServerApart({
      dataDir,
      publicUrl: balancer.url,
      databaseUrl: wire.connectionString,
      secretsKey,
    });
    showPorts();
  };
  const kill = async (member: Member): Promise<void> => {
    const { running } = member;
    member.running = null;
    // The balancer finds out by itself, as it would.
    await running?.kill();
    showPorts();
  };

  // All at once, on a database that none has seen before.
  await Promise.all(members.map(start));
  const sideDir = await serverFolder();
  const side = await startServer({
    flags: { dataDir: sideDir, databaseUrl, secretsKey, publicUrl: balancer.url, port: 0 },
    env: {},
    logLevel: 'error',
  });

  return {
    balancer,
    members,
    wire,
    side,
    start,
    kill,
    async addAdmin(name, role = 'owner') {
      const { commit, clock } = side.deps;
      const person = { email: `${name.toLowerCase()}@example.com`, password: `the long word of ${name}` };
      const { id } = await commit((change) =>
        createAdmin(change, clock, { ...person, name, role }, { actor: 'system' }),
      );
      return { ...person, id };
    },
    async close() {
      await balancer.close();
      await Promise.all(members.map(kill));
      await side.close();
      await wire.close();
      await database.drop();
      await postgres.stop();
      const folders = [sideDir, ...members.map(({ dataDir }) => dataDir)];
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
    },
  };
}
