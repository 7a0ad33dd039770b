/**
 * Rewriting a table leaves behind what its rows were before, but for versions that some transaction may still look at:
 * PostgreSQL carries those along. So whoever wants them gone waits for such transactions first; also for those of other
 * databases, since every snapshot reckons with whatever runs anywhere.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from './schema.ts';

/** Between two looks, in milliseconds. */
const pause = 50;

/**
 * Waits until every transaction is over that began before now. False where one goes on for longer than `patience`
 * milliseconds.
 */
export async function outwaitTransactions(db: Db, patience: number): Promise<boolean> {
  const { rows } = await sql<{ now: string }>`select pg_current_xact_id()::xid::text as now`.execute(db);
  const until = performance.now() + patience;
  while (await isOlderThere(db, rows[0]?.now ?? '0')) {
    if (performance.now() > until) return false;
    await rest(pause);
  }
  return true;
}

async function isOlderThere(db: Db, than: string): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity
    where pid <> pg_backend_pid() and greatest(age(backend_xid), age(backend_xmin)) > age(${than}::text::xid) limit 1`.execute(
    db,
  );
  return rows.length > 0;
}
