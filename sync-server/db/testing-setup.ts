/** Vitest's global setup: one PostgreSQL a run, with the present migrations in its template. */
import { createDb, createPool } from './connect.ts';
import { migrate } from './migrate.ts';
import { testServerSetup } from './testing.ts';

export default testServerSetup(async (connection) => {
  const db = createDb(createPool(connection));
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
});
