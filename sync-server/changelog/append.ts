/** Writes a commit's entries behind the head, many in one statement, and moves the head. */
import { randomBytes } from 'node:crypto';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Database } from '../db/schema.ts';
import { chainHash, sealedDigest, type LogHeader } from './hash.ts';

/** An entry before it has its place in the chain and its salts. */
export type PendingEntry = Omit<
  LogHeader,
  'version' | 'seq' | 'epoch' | 'at' | 'payloadDigest' | 'contextDigest'
> & {
  readonly payload: Buffer;
  /** Where it came from, as exact text. */
  readonly context: string;
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
  const sealOf = sealContexts(entries);
  const rows = entries.map(({ payload, context, ...rest }, index) => {
    seq += 1;
    const salt = salts.subarray(index * saltBytes, (index + 1) * saltBytes);
    const sealed = sealOf(context);
    const header: LogHeader = {
      ...rest,
      version: 2,
      seq,
      epoch: head.epoch,
      at,
      payloadDigest: sealedDigest(salt, payload),
      contextDigest: sealed.digest,
    };
    hash = chainHash(hash, header);
    return {
      ...header,
      payload: payload.toString('hex'),
      salt: salt.toString('hex'),
      payloadDigest: header.payloadDigest.toString('hex'),
      context: sealed.bytes,
      contextSalt: sealed.salt,
      contextDigest: sealed.digest.toString('hex'),
      hash: hash.toString('hex'),
    };
  });
  for (let from = 0; from < rows.length; from += perStatement) {
    await insertRows(db, rows.slice(from, from + perStatement));
  }
  const latest = head.latest !== null && head.latest > at ? head.latest : at;
  const setBack = Math.max(head.setBack, Date.parse(latest) - Date.parse(at));
  await db.updateTable('logHead').set({ seq, hash, latest, setBack }).execute();
  return seq;
}

interface SealedContext {
  readonly bytes: string;
  readonly salt: string;
  readonly digest: Buffer;
}

/** Entries of one commit that come from the same place share a seal: it says nothing that their batch does not. */
function sealContexts(entries: readonly PendingEntry[]): (context: string) => SealedContext {
  const sealed = new Map<string, SealedContext>();
  for (const { context } of entries) {
    if (sealed.has(context)) continue;
    const salt = randomBytes(saltBytes);
    const bytes = Buffer.from(context, 'utf8');
    const digest = sealedDigest(salt, bytes);
    sealed.set(context, { bytes: bytes.toString('hex'), salt: salt.toString('hex'), digest });
  }
  return (context) => {
    const found = sealed.get(context);
    if (!found) throw new Error('a context that no entry has');
    return found;
  };
}

async function insertRows(db: Transaction<Database>, rows: readonly object[]): Promise<void> {
  await sql`
    insert into change_log (seq, epoch, at, actor, device, intent, batch, portal_id, kind, entity, entity_id, revision,
      payload, salt, payload_digest, hash, version, action, context, context_salt, context_digest)
    select seq, epoch, at, actor, device, intent, batch, "portalId", kind, entity, "entityId", revision,
      decode(payload, 'hex'), decode(salt, 'hex'), decode("payloadDigest", 'hex'), decode(hash, 'hex'), version, action,
      decode(context, 'hex'), decode("contextSalt", 'hex'), decode("contextDigest", 'hex')
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (seq bigint, epoch integer, at timestamptz, actor text,
      device uuid, intent uuid, batch uuid, "portalId" uuid, kind text, entity text, "entityId" uuid, revision integer,
      payload text, salt text, "payloadDigest" text, hash text, version smallint, action text, context text,
      "contextSalt" text, "contextDigest" text)`.execute(db);
}
