/**
 * Whom an identity provider means. At first an admin is found by the address that the provider has verified; from then
 * on by the provider's own name for them, so that an address that passes to somebody else opens nothing. That name is only
 * compared, so its digest is kept, also in the log of closings: a restore of an older backup binds it again.
 */
import { createHash } from 'node:crypto';
import type { Deps } from '../../config/deps.ts';
import { findAdmin } from '../accounts.ts';
import { adminEvent } from '../people.ts';
import type { Person } from './provider.ts';

const prefix = 'sha256:';

/** With the issuer, so that no two providers' digests are alike. */
function digestOf(issuer: string, subject: string): string {
  return (
    prefix +
    createHash('sha256')
      .update(JSON.stringify([issuer, subject]))
      .digest('hex')
  );
}

export interface PersonTried {
  /** Whose account was meant; null where there is none. For the log: no answer may depend on it. */
  readonly account: string | null;
  /** The admin's id; null where nobody may come in. */
  readonly adminId: string | null;
}

/** No account is ever made. */
export async function tryPerson(
  { db, commit }: Pick<Deps, 'db' | 'commit'>,
  { issuer, subject, email, verified }: Person,
): Promise<PersonTried> {
  const digest = digestOf(issuer, subject);
  const bound = await db
    .selectFrom('adminIdentities')
    .innerJoin('adminSecrets', 'adminSecrets.adminId', 'adminIdentities.adminId')
    .select(['adminIdentities.adminId', 'deactivatedAt'])
    .where('issuer', '=', issuer)
    // An earlier release kept the name itself; one that looks like a digest is not taken for another's.
    .where('subject', 'in', subject.startsWith(prefix) ? [digest] : [digest, subject])
    .executeTakeFirst();
  if (bound) return { account: bound.adminId, adminId: bound.deactivatedAt === null ? bound.adminId : null };
  if (email === null) return { account: null, adminId: null };
  return commit(async (change) => {
    const admin = await findAdmin(change.db, email);
    const account = admin?.id ?? null;
    if (!admin || admin.deactivatedAt !== null || !verified) return { account, adminId: null };
    const { numInsertedOrUpdatedRows } = await change.db
      .insertInto('adminIdentities')
      .values({ issuer, subject: digest, adminId: admin.id, boundAt: change.now })
      // Somebody else of this provider is this admin already: two people never share an account.
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n) return { account, adminId: null };
    adminEvent(change, 'admin.identity_bound', admin.id, { actor: `admin:${admin.id}` }, { issuer }, [
      { what: 'identity', id: admin.id, issuer, subject: digest },
    ]);
    return { account, adminId: admin.id };
  });
}
