/** Which factors an admin has beside the password. */
import type { Db } from '../../db/schema.ts';

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly usedAt: string | null;
}

export interface Factors {
  readonly authenticator: boolean;
  /** How many are left. */
  readonly recoveryCodes: number;
  readonly passkeys: readonly Passkey[];
  /** Identity providers that know this admin. */
  readonly issuers: readonly string[];
}

export async function factorsOf(db: Db, adminId: string): Promise<Factors> {
  const totp = await db
    .selectFrom('adminTotp')
    .select('adminId')
    .where('adminId', '=', adminId)
    .where('confirmedAt', 'is not', null)
    .executeTakeFirst();
  const codes = await db
    .selectFrom('adminRecoveryCodes')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('adminId', '=', adminId)
    .executeTakeFirstOrThrow();
  const passkeys = await db
    .selectFrom('adminPasskeys')
    .select(['id', 'name', 'createdAt', 'usedAt'])
    .where('adminId', '=', adminId)
    .orderBy('createdAt')
    .execute();
  const identities = await db
    .selectFrom('adminIdentities')
    .select('issuer')
    .where('adminId', '=', adminId)
    .execute();
  return {
    authenticator: totp !== undefined,
    recoveryCodes: Number(codes.count),
    passkeys,
    issuers: identities.map(({ issuer }) => issuer),
  };
}

/** Whether a sign-in of this admin is more than a password. */
export function hasSecondFactor({ authenticator, passkeys }: Factors): boolean {
  return authenticator || passkeys.length > 0;
}
