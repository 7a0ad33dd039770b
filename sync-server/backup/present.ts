/** What the database that a backup is restored into says of itself, whichever release made it. */
import type { PoolClient } from 'pg';
import { z } from 'zod';
import type { Cursor } from '../../domain/cursor.ts';
import type { Db } from '../db/schema.ts';

export interface Present {
  readonly epoch: number;
  readonly seq: number;
  /** Null where it is older than that was known. */
  readonly history: string | null;
  /** The last commit that it knows to have closed something. */
  readonly mark: Cursor | null;
}

const headSchema = z.array(z.object({ epoch: z.int(), seq: z.int() }));
/** Rows as JSON: columns that a release does not have yet are left out. */
const historySchema = z.array(
  z.object({
    row: z.object({
      id: z.uuid(),
      closing_epoch: z.int().nullish(),
      closing_seq: z.int().nullish(),
    }),
  }),
);

async function isThere(client: PoolClient, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: unknown }>('select to_regclass($1) is not null as there', [
    table,
  ]);
  return rows[0]?.there === true;
}

/** Where the database's own log stands; null where there is none. */
export async function presentHead(client: PoolClient): Promise<Present | null> {
  if (!(await isThere(client, 'log_head'))) return null;
  const [head] = headSchema.parse((await client.query('select epoch, seq from log_head')).rows);
  if (!head) return null;
  if (!(await isThere(client, 'history'))) return { ...head, history: null, mark: null };
  const found = await client.query('select to_jsonb(history) as row from history');
  const [row] = historySchema.parse(found.rows).map((one) => one.row);
  const { id = null, closing_epoch: epoch, closing_seq: seq } = row ?? {};
  return { ...head, history: id, mark: epoch && seq ? { epoch, seq } : null };
}

/** The last closing that a backup knew of. */
export async function readMark(db: Db): Promise<Cursor | null> {
  const { closingEpoch: epoch, closingSeq: seq } = await db
    .selectFrom('history')
    .select(['closingEpoch', 'closingSeq'])
    .executeTakeFirstOrThrow();
  return epoch !== null && seq !== null ? { epoch, seq } : null;
}

/** After a restore: the last one that is known now; null where nobody knows, so that no later restore asks for it. */
export async function writeMark(db: Db, mark: Cursor | null): Promise<void> {
  await db
    .updateTable('history')
    .set({ closingEpoch: mark?.epoch ?? null, closingSeq: mark?.seq ?? null })
    .execute();
}
