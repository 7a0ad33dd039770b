/**
 * What stays of an erased person's address where an admin had refused them: a keyed hash, so that an automatic approval
 * never undoes that no (rule 7), while the address itself is nowhere. Its key is sealed: a copy of the database cannot try
 * addresses.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { Sealer } from '../secrets/seal.ts';
import { ownerOf } from '../secrets/sealed.ts';

/** Null where nobody was ever erased: then there is nothing to compare with. */
export async function hashedEmail(
  trx: Transaction<Database>,
  sealer: Sealer,
  emailNormal: string,
): Promise<Buffer | null> {
  await sealer.ready();
  const stored = await trx.selectFrom('erasureKey').select('sealedKey').executeTakeFirst();
  return stored?.sealedKey
    ? hash(await sealer.open(stored.sealedKey, ownerOf.erasureKey()), emailNormal)
    : null;
}

/** The same, with a key made at the first erasure. The caller holds the head's lock. */
export async function hashEmail(
  trx: Transaction<Database>,
  sealer: Sealer,
  emailNormal: string,
): Promise<Buffer> {
  const known = await hashedEmail(trx, sealer, emailNormal);
  if (known) return known;
  const key = randomBytes(32);
  const sealedKey = await sealer.seal(key, ownerOf.erasureKey());
  await trx.insertInto('erasureKey').values({ sealedKey }).execute();
  return hash(key, emailNormal);
}

function hash(key: Buffer, emailNormal: string): Buffer {
  return createHmac('sha256', key).update(emailNormal, 'utf8').digest();
}
