/** A database of its own with the one way to change it, outside of vitest: rows, log and who may see what. */
import { createCommit, type Commit } from '../../sync-server/changelog/commit.ts';
import { createDb, createPool } from '../../sync-server/db/connect.ts';
import { migrate } from '../../sync-server/db/migrate.ts';
import type { Db } from '../../sync-server/db/schema.ts';
import { createTestDatabase, startTestServer } from '../../sync-server/db/testing.ts';
import { projectScopes } from '../../sync-server/scopes/projection.ts';

export interface ScopedDatabase {
  readonly db: Db;
  readonly commit: Commit;
  readonly close: () => Promise<void>;
}

export async function openScopedDatabase(): Promise<ScopedDatabase> {
  const server = await startTestServer(async (connection) => {
    const db = createDb(createPool(connection));
    await migrate(db).finally(() => db.destroy());
  });
  const { connection } = await createTestDatabase(server);
  const db = createDb(createPool(connection));
  const clock = (): number => Date.now();
  return {
    db,
    commit: createCommit({ db, clock, projections: [projectScopes], committed: () => undefined }),
    close: async () => {
      await db.destroy();
      await server.stop();
    },
  };
}
