/**
 * Failed sign-ins of admins in the log: a wrong password for an account that there is, also a deactivated one; a wrong
 * second factor; a known passkey that proves nothing; and who comes from the identity provider as an admin, by an address or
 * a name of it, and may not. One entry tells of all tries at one account, from one address, at one step: the first within seconds, what
 * follows once in a quarter of an hour. So whoever guesses cannot flood the log; the limits of sign-in bound the tries in it.
 *
 * Not logged: tries beyond those limits, which are not even looked at; unknown accounts, which anybody could fill the log
 * with; passkeys that are nobody's, and answers of an identity provider that do not match, which say nothing of an account.
 *
 * A try is noted in the database before its answer, with the same work whether there is such an account or not; what the
 * log pays for known ones is paid later, in no answer's time.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { currentOrigin } from '../../changelog/origin.ts';
import { isoTime, type Deps } from '../../config/deps.ts';
import { startRounds, type Rounds } from '../../rounds/rounds.ts';
import { window } from './limits.ts';

/** Milliseconds from a first try to its entry. */
const firstPause = 10_000;
const everyMilliseconds = 5_000;
/** Groups told in one commit. */
const atOnce = 200;

export interface FailedTry {
  /** What was tried: an address as it was entered, or an admin's id. */
  readonly account: string;
  /** Null where there is no such account. */
  readonly adminId: string | null;
  readonly step: 'password' | 'code' | 'passkey' | 'single sign-on';
}

export async function noteFailure(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, adminId, step }: FailedTry,
): Promise<void> {
  const { address } = currentOrigin();
  const now = isoTime(clock());
  await db
    .insertInto('failedSignIns')
    .values({
      key: createHash('sha256')
        .update(JSON.stringify([account, address, step]))
        .digest(),
      adminId,
      address: adminId === null ? null : address,
      step,
      tries: 1,
      firstAt: now,
      lastAt: now,
      dueAt: isoTime(clock() + firstPause),
    })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        tries: sql`failed_sign_ins.tries + 1`,
        firstAt: sql`case when failed_sign_ins.tries = 0 then excluded.first_at else failed_sign_ins.first_at end`,
        lastAt: now,
      }),
    )
    .execute();
}

/** Tells the log of the tries that are due. Any number of processes may do so. */
export async function reportFailures({
  db,
  clock,
  commit,
}: Pick<Deps, 'db' | 'clock' | 'commit'>): Promise<void> {
  const now = isoTime(clock());
  await db
    .deleteFrom('failedSignIns')
    .where('dueAt', '<=', now)
    .where((eb) => eb.or([eb('adminId', 'is', null), eb('tries', '=', 0)]))
    .execute();
  const due = db.selectFrom('failedSignIns').where('dueAt', '<=', now);
  // A look without the log's lock, for there is seldom anything.
  if (!(await due.select('key').limit(1).executeTakeFirst())) return;
  await commit(async (change) => {
    const groups = await change.db
      .selectFrom('failedSignIns')
      .selectAll()
      .where('dueAt', '<=', now)
      .orderBy('dueAt')
      .limit(atOnce)
      .forUpdate()
      .execute();
    for (const { key, adminId, address, step, tries, firstAt, lastAt } of groups) {
      if (adminId === null || tries === 0) continue;
      change.event({
        name: 'admin.sign_in_failed',
        subject: { entity: 'admin', id: adminId },
        details: { step, tries, firstAt, lastAt },
        // Nobody has proved to be anybody.
        cause: { actor: 'system', ...(address === null ? {} : { address }) },
      });
      await change.db
        .updateTable('failedSignIns')
        .set({ tries: 0, dueAt: isoTime(clock() + window * 1000) })
        .where('key', '=', key)
        .execute();
    }
  });
}

export function startFailureReports(
  deps: Pick<Deps, 'db' | 'clock' | 'commit' | 'log'>,
): Pick<Rounds, 'stop'> {
  return startRounds(() => reportFailures(deps), {
    every: everyMilliseconds,
    failed: (error) => deps.log.warn({ err: error }, 'failed sign-ins could not be logged; trying again'),
  });
}
