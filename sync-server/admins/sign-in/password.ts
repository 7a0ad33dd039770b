/** The first factor, with as much work for an account that is not there as for one that is. */
import type { Db } from '../../db/schema.ts';
import { dummyVerify, verifyPassword } from '../../passwords/passwords.ts';
import { findAdmin } from '../accounts.ts';

/** The admin's id; null for an unknown or deactivated account as for a wrong password, at the same cost. */
export async function adminOfPassword(db: Db, email: string, password: string): Promise<string | null> {
  const admin = await findAdmin(db, email);
  const right = admin?.passwordHash
    ? await verifyPassword(password, admin.passwordHash)
    : await dummyVerify(password);
  return admin && right && admin.deactivatedAt === null ? admin.id : null;
}
