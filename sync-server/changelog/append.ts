/** Writes a commit's entries behind the head, many in one statement, and moves the head. */
import { randomBytes } from 'node:crypto';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Database } from '../db/schema.ts';
import { chainHash, payloadDigest, type LogHeader } from './hash.ts';

/** An entry before it has its place in the chain and its salt. */
export type PendingEntry = Omit<LogHeader, 'seq' | 'epoch' | 'at' | 'payloadDigest'> & {
  readonly payload: Buffer;
};

/** Rows a statement: keeps each well below PostgreSQL's limit of 65,535 parameters and a few megabytes. */
const perStatement = 2_000;
const saltBytes = 16;

/** Appends `entries` and returns the last seq. The caller holds the head's lock. */
export async function appendEntries(
  db: Transaction<Database>,
  head: Selectable<Database['logHead']>,
  at: string,
  entries: readonly PendingEntry[],
): Promise<number> {
  let { seq, hash } = head;
  // Drawn at once: a call for each entry costs more than the hashing.
  const salts = randomBytes(entries.length * saltBytes);
  const rows = entries.map(({ payload, ...rest }, index) => {
    seq += 1;
    const salt = salts.subarray(index * saltBytes, (index + 1) * saltBytes);
    const header = { ...rest, seq, epoch: head.epoch, at, payloadDigest: payloadDigest(salt, payload) };
    hash = chainHash(hash, header);
    return {
      ...header,
      payload: payload.toString('hex'),
      salt: salt.toString('hex'),
      payloadDigest: header.payloadDigest.toString('hex'),
      hash: hash.toString('hex'),
    };
  });
  for (let from = 0; from < rows.length; from += perStatement) {
    await insertRows(db, rows.slice(from, from + perStatement));
  }
  await db.updateTable('logHead').set({ seq, hash }).execute();
  return seq;
}

async function insertRows(db: Transaction<Database>, rows: readonly object[]): Promise<void> {
  await sql`
    insert into change_log (seq, epoch, at, actor, device, intent, batch, portal_id, kind, entity, entity_id, revision,
      payload, salt, payload_digest, hash)
    select seq, epoch, at, actor, device, intent, batch, "portalId", kind, entity, "entityId", revision,
      decode(payload, 'hex'), decode(salt, 'hex'), decode("payloadDigest", 'hex'), decode(hash, 'hex')
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (seq bigint, epoch integer, at timestamptz, actor text,
      device uuid, intent uuid, batch uuid, "portalId" uuid, kind text, entity text, "entityId" uuid, revision integer,
      payload text, salt text, "payloadDigest" text, hash text)`.execute(db);
}
