/**
 * Whether this server has the key that the database's secrets are sealed with. Without the question a second server, or
 * one on a restored database, would seal with a key of its own, and neither could read what the other has written.
 */
import type { Db } from '../db/schema.ts';
import type { Sealer } from './seal.ts';

const known = Buffer.from('gatehouse');

/**
 * The first server's key becomes the database's. Throws `secrets_key_wrong` for any other, unless `renew` says that the
 * former is lost: what was sealed with it stays closed then.
 */
export async function checkSecretsKey(db: Db, sealer: Sealer, renew: boolean): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { id, sealedCheck } = await trx
      .selectFrom('history')
      .selectAll()
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (sealedCheck !== null && !renew) {
      await sealer.open(sealedCheck, id);
      return;
    }
    await trx
      .updateTable('history')
      .set({ sealedCheck: await sealer.seal(known, id) })
      .execute();
  });
}
