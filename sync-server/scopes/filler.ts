/**
 * Goes on filling in and clearing products with many registrations: commit after short commit, with room between for
 * others. What a process that died had begun is gone on with by any other.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { startRounds, type Rounds } from '../rounds/rounds.ts';
import { goOn, sliceSize } from './watch.ts';

/** Any number that nothing else locks. */
const lockNumber = 4_720_002;
const everyMilliseconds = 1_000;

/** How many products are not whole yet, or not cleared; the table has a row for each that somebody is limited to, or was. */
export async function productsFilling(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('watchedProducts')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('open', '=', false)
    .executeTakeFirstOrThrow();
  return count;
}

/** One commit; false where nothing is left to be done, or where another process is at it. */
export async function fillSlice(db: Db, slice = sliceSize): Promise<boolean> {
  if ((await productsFilling(db)) === 0) return false;
  return db.transaction().execute(async (trx) => {
    const lock = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(${lockNumber}) as mine`.execute(trx);
    if (!lock.rows[0]?.mine) return false;
    // As every commit does: rows do not move while it is decided whose they are.
    const head = await trx.selectFrom('logHead').select('seq').forUpdate().executeTakeFirstOrThrow();
    return goOn(trx, head.seq, slice);
  });
}

export function startFiller(
  { db, log }: Pick<Deps, 'db' | 'log'>,
  every = everyMilliseconds,
): Pick<Rounds, 'stop'> {
  const fill = async (stopped: () => boolean): Promise<void> => {
    for (let more = true; more && !stopped();) {
      const began = performance.now();
      more = await fillSlice(db);
      // As long as it took: half of the time is everybody else's.
      if (more) await rest(performance.now() - began);
    }
  };
  return startRounds(fill, {
    every,
    failed: (error) =>
      log.warn({ err: error }, 'what product owners may see could not be filled in or cleared; trying again'),
  });
}
