/** Whether this server can do its work now: keep what it acknowledges, and pass on what becomes true. */
import { sql } from 'kysely';
import type { ErrorCode } from '../../domain/error-codes.ts';
import type { Deps } from '../config/deps.ts';
import { assertDurable } from '../db/durability.ts';
import { DatabaseError } from '../db/embedded/errors.ts';
import { migrationNames } from '../db/migrate.ts';
import { inTime } from '../rounds/in-time.ts';

/** A reader of the log may be this far behind, in milliseconds. */
export const patience = 10_000;
/** A database that takes longer to answer is as good as away. */
const answerWithin = 2_000;

export type ReadyDeps = Pick<Deps, 'db' | 'pool' | 'clock' | 'metrics'>;

/** Null where it is ready, else why not. */
export async function unready(deps: ReadyDeps): Promise<ErrorCode | null> {
  try {
    return await inTime(answerWithin, 'the database', looked(deps));
  } catch (error) {
    return error instanceof DatabaseError ? 'database_unsafe' : 'unavailable';
  }
}

async function looked(deps: ReadyDeps): Promise<ErrorCode | null> {
  await assertDurable(deps.pool);
  if (!(await sameShape(deps))) return 'migrations_differ';
  return (await behind(deps)) > patience ? 'feed_behind' : null;
}

async function sameShape({ db }: ReadyDeps): Promise<boolean> {
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const names = applied.rows.map(({ name }) => name);
  return names.length === migrationNames.length && names.every((name, at) => name === migrationNames[at]);
}

/** For how long, in milliseconds, the oldest entry waits that a reader of this process has not passed on. */
async function behind({ db, clock, metrics }: ReadyDeps): Promise<number> {
  const reached = metrics.following().map(({ seq }) => seq);
  if (reached.length === 0) return 0;
  const next = await db
    .selectFrom('changeLog')
    .select('at')
    .where('seq', '>', Math.min(...reached))
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return next ? clock() - Date.parse(next.at) : 0;
}
