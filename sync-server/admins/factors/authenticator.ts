/** An admin's authenticator app: its secret is sealed, on once a first code proved it, and takes each code once. */
import type { Change } from '../../changelog/commit.ts';
import { isoTime } from '../../config/deps.ts';
import type { Db } from '../../db/schema.ts';
import type { Sealer } from '../../secrets/seal.ts';
import { ownerOf } from '../../secrets/sealed.ts';
import { newTotpSecret, stepOfCode } from './totp.ts';

export interface AuthenticatorDeps {
  readonly db: Db;
  readonly clock: () => number;
  readonly sealer: Sealer;
}

/** A fresh secret that waits for its first code; one that waited before is replaced. An authenticator in use is not. */
export async function beginAuthenticator(
  { db, clock, sealer }: AuthenticatorDeps,
  adminId: string,
): Promise<Buffer> {
  const secret = newTotpSecret();
  const sealed = await sealer.seal(secret, ownerOf.authenticator(adminId));
  const row = { secret: sealed, confirmedAt: null, lastStep: 0, createdAt: isoTime(clock()) };
  await db
    .insertInto('adminTotp')
    .values({ adminId, ...row })
    .onConflict((conflict) =>
      conflict.column('adminId').doUpdateSet(row).where('adminTotp.confirmedAt', 'is', null),
    )
    .execute();
  return secret;
}

/** The secret that waits for its first code, to show it again. */
export async function waitingSecret(
  { db, sealer }: AuthenticatorDeps,
  adminId: string,
): Promise<Buffer | null> {
  const found = await db
    .selectFrom('adminTotp')
    .select('secret')
    .where('adminId', '=', adminId)
    .where('confirmedAt', 'is', null)
    .executeTakeFirst();
  return found ? sealer.open(found.secret, ownerOf.authenticator(adminId)) : null;
}

/** Turns it on with a first code, in the caller's commit; false for a wrong one, or where nothing waits. */
export async function confirmAuthenticator(
  change: Change,
  { clock, sealer }: AuthenticatorDeps,
  adminId: string,
  code: string,
): Promise<boolean> {
  const taken = await takeCode({ db: change.db, clock, sealer }, adminId, code, false);
  if (!taken) return false;
  await change.db
    .updateTable('adminTotp')
    .set({ confirmedAt: change.now })
    .where('adminId', '=', adminId)
    .execute();
  return true;
}

/** Whether this is a code of the admin's authenticator that was not used before; it is then. */
export function useCode(deps: AuthenticatorDeps, adminId: string, code: string): Promise<boolean> {
  return takeCode(deps, adminId, code, true);
}

/** Two requests with one code: the second finds the step used, since only a lower one is replaced. */
async function takeCode(
  { db, clock, sealer }: AuthenticatorDeps,
  adminId: string,
  code: string,
  confirmed: boolean,
): Promise<boolean> {
  const found = await db
    .selectFrom('adminTotp')
    .select(['secret', 'lastStep'])
    .where('adminId', '=', adminId)
    .where('confirmedAt', confirmed ? 'is not' : 'is', null)
    .executeTakeFirst();
  if (!found) return false;
  const secret = await sealer.open(found.secret, ownerOf.authenticator(adminId));
  const step = stepOfCode(secret, code, clock(), found.lastStep);
  if (step === null) return false;
  const { numUpdatedRows } = await db
    .updateTable('adminTotp')
    .set({ lastStep: step })
    .where('adminId', '=', adminId)
    .where('lastStep', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function removeAuthenticator({ db }: Pick<Change, 'db'>, adminId: string): Promise<void> {
  await db.deleteFrom('adminTotp').where('adminId', '=', adminId).execute();
}
