/** What a server does for its closings log beside writing it: begins it, and keeps it small. */
import type { Logger } from 'pino';
import type { Db } from '../db/schema.ts';
import { startRounds, type Rounds } from '../rounds/rounds.ts';
import { compactClosings } from './compact.ts';
import { ensureClosingsLog } from './keep.ts';

const day = 24 * 60 * 60 * 1000;

/** Throws `closings_unwritable` or `closings_damaged`. */
export async function startClosings(
  { db, log }: { readonly db: Db; readonly log: Logger },
  path: string,
): Promise<Pick<Rounds, 'stop'>> {
  if (await ensureClosingsLog(db, path)) {
    log.error(
      { path },
      'the closings log had lost lines; make a backup now: older ones cannot be relied on alone',
    );
  }
  const compact = async (): Promise<void> => {
    const done = await compactClosings(db, path);
    if (done) log.info({ path, ...done }, 'compacted the closings log');
  };
  const rounds = startRounds(compact, {
    every: day,
    failed: (error) =>
      log.warn({ err: error, path }, 'the closings log could not be compacted; trying again tomorrow'),
  });
  void rounds.now();
  return rounds;
}
