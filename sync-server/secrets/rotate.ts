/**
 * Changes the key: everything that is sealed with the former is sealed with a new one, in one transaction. The new key's
 * file is safe on the disk before and takes the former's place after the commit, so that whenever the process is killed
 * one of the two files opens everything, and the next start finds out which (`fittingKey`).
 */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Change, Commit } from '../changelog/commit.ts';
import type { Db } from '../db/schema.ts';
import { assertUnused } from '../db/unused.ts';
import { fittingKey, lockedHistory } from './fitting-key.ts';
import { inFiles, keepNextKey, newKey, promoteNextKey, type KeyPlace } from './key-files.ts';
import { opens, sealerOf } from './seal.ts';
import { ownerOf, sealedColumns, type SealedColumn } from './sealed.ts';

export interface Rotation {
  /** Over one connection: nobody else may have any. */
  readonly db: Db;
  readonly commit: Commit;
  readonly place: KeyPlace;
  /** Told after each step, for tests that stop there. */
  readonly reached?: (step: 'kept' | 'sealed' | 'committed') => void;
}

export interface Rotated {
  /** How many values are sealed with the new key now; null where all were already. */
  readonly sealed: number | null;
  /** Those that the former key did not open either: sealed with one that was lost before. */
  readonly lost: number;
}

/**
 * Throws `secrets_key_wrong`, `invalid_input` where the new key is missing from the environment, or `DatabaseError`
 * `database_in_use`; nothing is changed then.
 */
export async function rotateSecretsKey({ db, commit, place, reached }: Rotation): Promise<Rotated> {
  const former = await fittingKey(db, place);
  const next = nextKey(place);
  if (next.equals(former)) return { sealed: null, lost: 0 };
  const mend = 'Stop all servers on it, then change the key.';
  const done = await commit(async (change) => {
    const { id, sealedCheck } = await lockedHistory(change.db);
    await assertUnused(change.db, mend);
    if (!sealedCheck || !(await opens(former, sealedCheck, ownerOf.check(id)))) {
      throw new GatehouseError('secrets_key_wrong');
    }
    if (inFiles(place)) await keepNextKey(place.dataDir, next);
    reached?.('kept');
    const counts = await sealAnew(change, former, next);
    change.event({ name: 'secrets.key_changed', details: { ...counts }, cause: { actor: 'system' } });
    reached?.('sealed');
    // Once more: whoever came in between would go on with the former key.
    await assertUnused(change.db, mend);
    return counts;
  });
  reached?.('committed');
  if (inFiles(place)) await promoteNextKey(place.dataDir);
  return done;
}

function nextKey(place: KeyPlace): Buffer {
  if (place.secretsKeyNext !== null) return Buffer.from(place.secretsKeyNext, 'base64');
  if (inFiles(place)) return newKey();
  const reason = 'is missing: the new key, since GATEHOUSE_SECRETS_KEY gives the present one';
  throw new GatehouseError('invalid_input', { fields: [{ field: 'GATEHOUSE_SECRETS_KEY_NEXT', reason }] });
}

/** How many values were sealed with the next key, and how many the former did not open. */
export async function sealAnew(
  change: Change,
  former: Buffer,
  next: Buffer,
): Promise<{ readonly sealed: number; readonly lost: number }> {
  let [sealed, lost] = [0, 0];
  for (const column of sealedColumns) {
    for (const { place, of, value } of await valuesOf(change, column)) {
      const owner = column.owner(of);
      const secret = await openOrNull(former, value, owner);
      if (secret === null) {
        lost += 1;
        continue;
      }
      const anew = await sealerOf(next).seal(secret, owner);
      await sql`
        update ${sql.table(column.table)} set ${sql.ref(column.column)} = ${anew}
        where ctid = ${place}::tid`.execute(change.db);
      sealed += 1;
    }
  }
  return { sealed, lost };
}

interface Value {
  /** Where the row lies: it stays there while this transaction has it locked. */
  readonly place: string;
  readonly of: string;
  readonly value: Buffer;
}

async function valuesOf({ db }: Change, { table, column, of }: SealedColumn): Promise<readonly Value[]> {
  const { rows } = await sql<Value>`
    select ctid::text as place, ${sql.ref(of)}::text as of, ${sql.ref(column)} as value
    from ${sql.table(table)} where ${sql.ref(column)} is not null for update`.execute(db);
  return rows;
}

function openOrNull(key: Buffer, value: Buffer, owner: string): Promise<Buffer | null> {
  return sealerOf(key)
    .open(value, owner)
    .catch((error: unknown) => {
      if (error instanceof GatehouseError && error.code === 'secrets_key_wrong') return null;
      throw error;
    });
}
