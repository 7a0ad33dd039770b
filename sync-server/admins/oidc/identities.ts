/**
 * Whom an identity provider means. At first an admin is found by the address that the provider has verified; from then
 * on by the provider's own name for them, so that an address that passes to somebody else opens nothing.
 */
import type { Deps } from '../../config/deps.ts';
import { findAdmin } from '../accounts.ts';
import { adminEvent } from '../people.ts';
import type { Person } from './provider.ts';

/** The admin's id; null where nobody here is meant. No account is ever made. */
export async function adminOfPerson(
  { db, commit }: Pick<Deps, 'db' | 'commit'>,
  { issuer, subject, email }: Person,
): Promise<string | null> {
  const bound = await db
    .selectFrom('adminIdentities')
    .innerJoin('adminSecrets', 'adminSecrets.adminId', 'adminIdentities.adminId')
    .select(['adminIdentities.adminId', 'deactivatedAt'])
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  if (bound) return bound.deactivatedAt === null ? bound.adminId : null;
  if (email === null) return null;
  return commit(async (change) => {
    const admin = await findAdmin(change.db, email);
    if (!admin || admin.deactivatedAt !== null) return null;
    const { numInsertedOrUpdatedRows } = await change.db
      .insertInto('adminIdentities')
      .values({ issuer, subject, adminId: admin.id, boundAt: change.now })
      // Somebody else of this provider is this admin already: two people never share an account.
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n) return null;
    adminEvent(change, 'admin.identity_bound', admin.id, { actor: `admin:${admin.id}` }, { issuer });
    return admin.id;
  });
}
