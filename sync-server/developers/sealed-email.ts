/**
 * What stays of an erased person's address where an admin had refused them: a keyed hash, so that an automatic approval
 * never undoes that no (rule 7), while the address itself is nowhere.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Database } from '../db/schema.ts';

/** Null where nobody was ever erased: then there is nothing to compare with. */
export async function sealedEmail(trx: Transaction<Database>, emailNormal: string): Promise<Buffer | null> {
  const stored = await trx.selectFrom('erasureKey').select('key').executeTakeFirst();
  return stored ? seal(stored.key, emailNormal) : null;
}

/** The same, with a key made at the first erasure. The caller holds the head's lock. */
export async function sealEmail(trx: Transaction<Database>, emailNormal: string): Promise<Buffer> {
  const known = await sealedEmail(trx, emailNormal);
  if (known) return known;
  const key = randomBytes(32);
  await trx.insertInto('erasureKey').values({ key }).execute();
  return seal(key, emailNormal);
}

function seal(key: Buffer, emailNormal: string): Buffer {
  return createHmac('sha256', key).update(emailNormal, 'utf8').digest();
}
