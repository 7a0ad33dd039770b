/** A server as a process of its own, that is killed again and again, and receivers that outlive it. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createCommit, type Commit } from '../../../../sync-server/changelog/commit.ts';
import { parseSettings, settle } from '../../../../sync-server/config/config.ts';
import { createDb, createPool } from '../../../../sync-server/db/connect.ts';
import { startEmbeddedPostgres } from '../../../../sync-server/db/embedded/start.ts';
import { migrate } from '../../../../sync-server/db/migrate.ts';
import type { Db } from '../../../../sync-server/db/schema.ts';
import { createTestPortal, type TestPortal } from '../../../../sync-server/decisions/testing.ts';
import { fittingKey } from '../../../../sync-server/secrets/fitting-key.ts';
import { createSealer } from '../../../../sync-server/secrets/seal.ts';
import { addEndpoint } from '../../../../sync-server/webhooks/endpoints.ts';
import { projectWebhooks } from '../../../../sync-server/webhooks/projection.ts';
import { startReceiver, type Receiver } from '../../../../sync-server/webhooks/testing.ts';
import { startServerApart, type ServerApart } from '../../../support/server-apart.ts';
import { serverFolder } from '../../../support/whole.ts';

export interface Endpoint {
  readonly id: string;
  readonly receiver: Receiver;
  readonly secret: string;
  readonly events: readonly string[];
}

export interface WebhookStage {
  readonly db: Db;
  /** The server's own way to change things: its projection makes the deliveries. */
  readonly commit: Commit;
  readonly portal: TestPortal;
  readonly endpoints: readonly Endpoint[];
  readonly killServer: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const wishes = [['*'], ['developer.*'], ['developer.approved', 'developer.revoked']] as const;

export async function openWebhookStage(requests: number): Promise<WebhookStage> {
  const folder = await serverFolder();
  const dataDir = join(folder, 'server');
  await mkdir(dataDir);
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'database'),
    log: silent,
    onExit: () => undefined,
  });
  const pool = createPool({ ...postgres.connection, max: 3 });
  const db = createDb(pool);
  await migrate(db);
  const clock = (): number => Date.now();
  const commit = createCommit({ db, clock, projections: [projectWebhooks], committed: () => undefined });
  const portal = await createTestPortal(commit, requests);

  const config = settle(parseSettings({ dataDir, webhookPrivate: true }, {}), 0);
  const deps = { commit, clock, config, sealer: createSealer(() => fittingKey(db, config)) };
  const endpoints: Endpoint[] = [];
  for (const events of wishes) {
    const receiver = await startReceiver();
    const given = { url: receiver.url, events: [...events], description: '' };
    const { id, secret } = await addEndpoint(deps, given, { actor: 'system' });
    endpoints.push({ id, receiver, secret, events });
  }

  const { user, host, port, database } = postgres.connection;
  const databaseUrl = `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;
  const start = (): Promise<ServerApart> =>
    startServerApart({ dataDir, publicUrl: 'http://localhost:8080', databaseUrl, webhookPrivate: true });
  let server = await start();
  return {
    db,
    commit,
    portal,
    endpoints,
    killServer: async () => {
      await server.kill();
      server = await start();
    },
    close: async () => {
      await server.kill();
      for (const { receiver } of endpoints) await receiver.close();
      await db.destroy();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}
