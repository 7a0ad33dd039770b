/** A database of its own with the one way to change it, outside of vitest: rows, log and who may see what. */
import { createCommit, type Commit } from '../../sync-server/changelog/commit.ts';
import { createDb, createPool } from '../../sync-server/db/connect.ts';
import { migrate } from '../../sync-server/db/migrate.ts';
import type { Db } from '../../sync-server/db/schema.ts';
import { createTestDatabase, startTestServer } from '../../sync-server/db/testing.ts';
import { scopeProjection } from '../../sync-server/scopes/projection.ts';
import { sliceSize } from '../../sync-server/scopes/watch.ts';

export interface ScopedDatabase {
  readonly db: Db;
  readonly commit: Commit;
  readonly close: () => Promise<void>;
}

/** `slice`: how many registrations a commit fills in for a new product owner. */
export async function openScopedDatabase(slice = sliceSize): Promise<ScopedDatabase> {
  const server = await startTestServer(async (connection) => {
    const db = createDb(createPool(connection));
    await migrate(db).finally(() => db.destroy());
  });
  const { connection } = await createTestDatabase(server);
  const db = createDb(createPool(connection));
  const clock = (): number => Date.now();
  return {
    db,
    commit: createCommit({ db, clock, projections: [scopeProjection(slice)], committed: () => undefined }),
    close: async () => {
      await db.destroy();
      await server.stop();
    },
  };
}
