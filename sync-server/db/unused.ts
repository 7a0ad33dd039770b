/** For work that no server may be in the middle of: whether anybody else is connected to the database. */
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { DatabaseError } from './embedded/errors.ts';
import type { Db } from './schema.ts';

/** How long connections that are just closing are waited for, in milliseconds. */
const patience = 2_000;

/** `db` has one connection. Throws `DatabaseError` `database_in_use` with `mend`. */
export async function assertUnused(db: Db, mend: string): Promise<void> {
  for (const end = Date.now() + patience; ; await wait(50)) {
    // Within a transaction the list stays as it was first seen, unless it is told not to.
    await sql`select pg_stat_clear_snapshot()`.execute(db);
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`.execute(
      db,
    );
    if (rows.length === 0) return;
    if (Date.now() > end) break;
  }
  throw new DatabaseError(
    'database_in_use',
    'The database is in use (a server, or another program, is connected to it).',
    mend,
  );
}
