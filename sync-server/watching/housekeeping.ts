/**
 * Clears away what is of no use any more, in small slices, so that no commit waits for it. Any number of processes may run
 * it: a lock in the database lets one work at a time.
 */
import { sql } from 'kysely';
import { isoTime, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { startRounds, type Rounds } from '../rounds/rounds.ts';

const day = 24 * 60 * 60 * 1000;

interface Rule {
  readonly table: string;
  /** The moment from which a row's time counts. */
  readonly column: string;
  /** How long a row is kept after that moment, in milliseconds. */
  readonly keep: number;
}

/** How long what is kept, and from when on. */
export const retention: readonly Rule[] = [
  { table: 'mail_outbox', column: 'sent_at', keep: 30 * day },
  // Never sent, however often it was tried: its links are long dead.
  { table: 'mail_outbox', column: 'next_attempt_at', keep: 90 * day },
  // Kept for a while, so that an old link is told to be old and not unknown.
  { table: 'mail_tokens', column: 'expires_at', keep: 30 * day },
  { table: 'developer_sessions', column: 'refresh_until', keep: 0 },
  { table: 'admin_sessions', column: 'refresh_until', keep: 0 },
  { table: 'admin_codes', column: 'expires_at', keep: 0 },
  { table: 'admin_sign_ins', column: 'expires_at', keep: 0 },
  { table: 'admin_page_sessions', column: 'expires_at', keep: 0 },
  { table: 'webhook_deliveries', column: 'delivered_at', keep: 30 * day },
  { table: 'webhook_deliveries', column: 'dead_at', keep: 90 * day },
  // Waits at a paused endpoint that nobody has looked at for a season.
  { table: 'webhook_deliveries', column: 'next_attempt_at', keep: 90 * day },
  { table: 'webhook_secrets', column: 'retires_at', keep: 0 },
];

/** Any number that nothing else locks. */
const lockNumber = 4_720_001;
const sliceRows = 500;
const pauseMilliseconds = 20;
const everyMilliseconds = 10 * 60 * 1000;

export type HousekeepingDeps = Pick<Deps, 'db' | 'clock' | 'log' | 'metrics'>;

/** Clears everything that is due; false where another process is at it. */
export async function clearAway(
  { db, clock, metrics }: HousekeepingDeps,
  stopped: () => boolean = () => false,
): Promise<boolean> {
  for (const rule of retention) {
    let removed = sliceRows;
    while (removed === sliceRows && !stopped()) {
      const slice = await clearSlice(db, rule, isoTime(clock() - rule.keep));
      if (slice === null) return false;
      removed = slice;
      metrics.purged.inc({ table: rule.table }, removed);
      if (removed === sliceRows) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  }
  return true;
}

/** How many rows it removed; null where the lock is another's. */
async function clearSlice(db: Db, { table, column }: Rule, before: string): Promise<number | null> {
  return db.transaction().execute(async (trx) => {
    const lock = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(${lockNumber}) as mine`.execute(trx);
    if (!lock.rows[0]?.mine) return null;
    const cleared = await sql`
      delete from ${sql.table(table)} where ctid = any(array(
        select ctid from ${sql.table(table)} where ${sql.ref(column)} < ${before} limit ${sliceRows} for update skip locked
      ))`.execute(trx);
    return Number(cleared.numAffectedRows ?? 0n);
  });
}

export function startHousekeeping(deps: HousekeepingDeps): Pick<Rounds, 'stop'> {
  return startRounds((stopped) => clearAway(deps, stopped), {
    every: everyMilliseconds,
    failed: (error) =>
      deps.log.warn({ err: error }, 'what is old could not be cleared away; trying again later'),
  });
}
