/**
 * Recovery codes: for whoever has lost the authenticator. 80 random bits each, so that their SHA-256 is enough, and they
 * still help where the key that seals other secrets is lost.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Change, Commit } from '../../changelog/commit.ts';

const count = 10;
const characters = 16;
/** 32 that are not mistaken for each other: five bits choose one. */
const legible = 'abcdefghijkmnpqrstuvwxyz23456789';
const shape = new RegExp(`^[${legible}]{${characters}}$`);

function newCode(): string {
  return Array.from(randomBytes(characters), (byte) => legible.charAt(byte & 31)).join('');
}

/** Groups of four, as people read and type them. */
function grouped(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-');
}

/** The code as it is stored, whatever dashes, blanks, capitals and wide letters people put in; null for what is no code. */
function hashOf(typed: string): Buffer | null {
  const code = typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Dash}]/gu, '');
  return shape.test(code) ? createHash('sha256').update(code).digest() : null;
}

/** Ten new codes, which make all former ones void. Only the answer holds them. */
export async function renewRecoveryCodes({ db, now }: Change, adminId: string): Promise<string[]> {
  const codes = Array.from({ length: count }, newCode);
  await removeRecoveryCodes({ db }, adminId);
  const rows = codes.map((code) => ({
    hash: createHash('sha256').update(code).digest(),
    adminId,
    createdAt: now,
  }));
  await db.insertInto('adminRecoveryCodes').values(rows).execute();
  return codes.map(grouped);
}

/** Uses a code up, for good; false for one that is not this admin's, or not any more. */
export async function useRecoveryCode(commit: Commit, adminId: string, typed: string): Promise<boolean> {
  const hash = hashOf(typed);
  if (!hash) return false;
  return commit(async (change) => {
    const { numDeletedRows } = await change.db
      .deleteFrom('adminRecoveryCodes')
      .where('hash', '=', hash)
      .where('adminId', '=', adminId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) return false;
    change.event({
      name: 'admin.second_factor_changed',
      subject: { entity: 'admin', id: adminId },
      details: { what: 'recovery code used' },
      ends: [{ what: 'recovery-codes', id: adminId }],
      cause: { actor: `admin:${adminId}` },
    });
    return true;
  });
}

export async function removeRecoveryCodes({ db }: Pick<Change, 'db'>, adminId: string): Promise<void> {
  await db.deleteFrom('adminRecoveryCodes').where('adminId', '=', adminId).execute();
}
