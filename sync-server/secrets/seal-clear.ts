/**
 * Seals what earlier releases kept in clear. PostgreSQL keeps the bytes of a row that was changed until its table is
 * rewritten: the column is empty, not null, until that is done, so that a crash in between is made up for at the next start.
 */
import { sql, type Transaction } from 'kysely';
import { outwaitTransactions } from '../db/outwait.ts';
import type { Database, Db } from '../db/schema.ts';
import type { Sealer } from './seal.ts';
import { ownerOf } from './sealed.ts';

const emptied = Buffer.alloc(0);
/** A start is not held up for longer by others' transactions, in milliseconds: the next one tries again. */
const patience = 10_000;

export async function sealClear(db: Db, sealer: Sealer): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sealSigningKeys(trx, sealer);
    await sealErasureKey(trx, sealer);
  });
  if (!(await isLeft(db)) || !(await outwaitTransactions(db, patience))) return;
  for (const table of ['signing_keys', 'erasure_key'])
    await sql`vacuum (full) ${sql.table(table)}`.execute(db);
  await db.updateTable('signingKeys').set({ privateKey: null }).execute();
  await db.updateTable('erasureKey').set({ key: null }).execute();
}

/** Whether bytes in clear may still be in the tables' files. */
async function isLeft(db: Db): Promise<boolean> {
  const key = await db.selectFrom('signingKeys').where('privateKey', 'is not', null).executeTakeFirst();
  const other = await db.selectFrom('erasureKey').where('key', 'is not', null).executeTakeFirst();
  return key !== undefined || other !== undefined;
}

async function sealSigningKeys(trx: Transaction<Database>, sealer: Sealer): Promise<void> {
  const clear = await trx
    .selectFrom('signingKeys')
    .select(['keyId', 'privateKey'])
    .where('privateKey', '!=', emptied)
    .forUpdate()
    .execute();
  for (const { keyId, privateKey } of clear) {
    if (!privateKey) continue;
    const sealedKey = await sealer.seal(privateKey, ownerOf.signingKey(keyId));
    await trx
      .updateTable('signingKeys')
      .set({ sealedKey, privateKey: emptied })
      .where('keyId', '=', keyId)
      .execute();
  }
}

async function sealErasureKey(trx: Transaction<Database>, sealer: Sealer): Promise<void> {
  const clear = await trx
    .selectFrom('erasureKey')
    .select('key')
    .where('key', '!=', emptied)
    .forUpdate()
    .executeTakeFirst();
  if (!clear?.key) return;
  const sealedKey = await sealer.seal(clear.key, ownerOf.erasureKey());
  await trx.updateTable('erasureKey').set({ sealedKey, key: emptied }).execute();
}
