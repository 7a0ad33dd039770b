/** What the copy knows of itself, in its `meta` table, always written in the transaction that makes it true. */
import type { Transaction } from '@electric-sql/pglite';
import { z } from 'zod';
import { cursorSchema } from '../../../domain/cursor.ts';
import type { Standing } from './calls.ts';

type Reader = Pick<Transaction, 'query'>;

const cursorEntry = cursorSchema.extend({ scope: z.string() });
const loadingEntry = z.strictObject({ id: z.string(), done: z.array(z.int()) });
const fillingEntry = z.strictObject({ kind: z.enum(['developer', 'application']), id: z.uuid() });

interface Values {
  /** Written at the end of a snapshot and with every frame; absent while a snapshot is loading. */
  cursor: z.infer<typeof cursorEntry>;
  /** The snapshot that is being loaded and the chunks of it that are in. */
  loading: z.infer<typeof loadingEntry>;
  /** How far the search index is filled: the last kind and id. Absent once it is complete. */
  filling: z.infer<typeof fillingEntry>;
}
type Key = keyof Values;

const schemas: { readonly [K in Key]: z.ZodType<Values[K]> } = {
  cursor: cursorEntry,
  loading: loadingEntry,
  filling: fillingEntry,
};

export async function readMeta<K extends Key>(db: Reader, key: K): Promise<Values[K] | null> {
  const { rows } = await db.query<{ value: unknown }>('select value from meta where key = $1', [key]);
  return rows[0] ? schemas[key].parse(rows[0].value) : null;
}

export async function writeMeta<K extends Key>(db: Reader, key: K, value: Values[K] | null): Promise<void> {
  if (value === null) {
    await db.query('delete from meta where key = $1', [key]);
    return;
  }
  await db.query(
    'insert into meta values ($1, $2::jsonb) on conflict (key) do update set value = excluded.value',
    [key, JSON.stringify(value)],
  );
}

export async function standing(db: Reader): Promise<Standing> {
  const at = await readMeta(db, 'cursor');
  return {
    cursor: at && { epoch: at.epoch, seq: at.seq },
    scope: at?.scope ?? null,
    searchable: at !== null && (await readMeta(db, 'filling')) === null,
  };
}
