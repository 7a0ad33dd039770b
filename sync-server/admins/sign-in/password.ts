/** The first factor, with as much work for an account that is not there as for one that is. */
import type { Db } from '../../db/schema.ts';
import { dummyVerify, verifyPassword } from '../../passwords/passwords.ts';
import { findAdmin } from '../accounts.ts';

export interface PasswordTried {
  /** Whose account was tried; null where there is none. For the log: no answer may depend on it. */
  readonly account: string | null;
  /** The admin's id; null for an unknown or deactivated account as for a wrong password. */
  readonly adminId: string | null;
}

export async function tryPassword(db: Db, email: string, password: string): Promise<PasswordTried> {
  const admin = await findAdmin(db, email);
  const right = admin?.passwordHash
    ? await verifyPassword(password, admin.passwordHash)
    : await dummyVerify(password);
  const account = admin?.id ?? null;
  return { account, adminId: admin && right && admin.deactivatedAt === null ? account : null };
}
