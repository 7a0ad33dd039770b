/**
 * Which key the database's secrets are sealed with. Without the question a second server, or one on a restored database,
 * would seal with a key of its own, and neither could read what the other has written.
 */
import type { Transaction } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Database, Db } from '../db/schema.ts';
import {
  dropNextKey,
  findKeys,
  inFiles,
  makeKey,
  promoteNextKey,
  type FoundKeys,
  type KeyPlace,
} from './key-files.ts';
import { sealClear } from './seal-clear.ts';
import { opens, sealerOf } from './seal.ts';
import { ownerOf } from './sealed.ts';

const known = Buffer.from('gatehouse');

/**
 * The key of this database: the present one or, where a change of keys was cut off behind its commit, the next, which then
 * takes its place. A database without any gets the first that is asked for. Throws `secrets_key_wrong` where none fits,
 * unless `renew` says that the former is lost: what was sealed with it is given up then.
 */
export async function fittingKey(db: Db, place: KeyPlace, renew = false): Promise<Buffer> {
  const key = await db.transaction().execute(async (trx) => {
    const { id, sealedCheck } = await lockedHistory(trx);
    const found = await findKeys(place);
    if (sealedCheck !== null) {
      const fits = (key: Buffer | null) => key !== null && opens(key, sealedCheck, ownerOf.check(id));
      const which = (await fits(found.current)) ? 'current' : (await fits(found.next)) ? 'next' : null;
      if (which) return settled(place, found, which);
      if (!renew) throw new GatehouseError('secrets_key_wrong');
      await giveUp(trx);
    }
    const first = found.current ?? found.next ?? (await makeKey(place.dataDir));
    await trx
      .updateTable('history')
      .set({ sealedCheck: await sealerOf(first).seal(known, ownerOf.check(id)) })
      .execute();
    return first;
  });
  await sealClear(db, sealerOf(key));
  return key;
}

/** Whoever changes keys holds the same lock until the commit: nobody looks at its files in between. */
export function lockedHistory(trx: Transaction<Database>) {
  return trx.selectFrom('history').selectAll().forUpdate().executeTakeFirstOrThrow();
}

async function settled(place: KeyPlace, found: FoundKeys, which: 'current' | 'next'): Promise<Buffer> {
  if (inFiles(place) && found.next) {
    await (which === 'next' ? promoteNextKey(place.dataDir) : dropNextKey(place.dataDir));
  }
  const key = found[which];
  if (!key) throw new Error('a key that fits is there');
  return key;
}

/**
 * What only a lost key opens, and what would stand in the way of its successor: a new signing key is made, so gateways need
 * new tokens; who was erased and refused before is not recognised any more.
 */
async function giveUp(trx: Transaction<Database>): Promise<void> {
  await trx.deleteFrom('signingKeys').where('sealedKey', 'is not', null).execute();
  await trx.deleteFrom('erasureKey').where('sealedKey', 'is not', null).execute();
}
