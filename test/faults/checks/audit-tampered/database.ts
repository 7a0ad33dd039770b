/** Tampering by somebody who may write the database. Each is done in a transaction that is rolled back. */
import { sql, type Transaction } from 'kysely';
import { auditEntrySchema, type AuditEntry } from '../../../../domain/wire/audit.ts';
import { readEntries } from '../../../../sync-server/audit/read.ts';
import { headerOf } from '../../../../sync-server/audit/seals.ts';
import { chainHash, sealedDigest } from '../../../../sync-server/changelog/hash.ts';
import type { Database } from '../../../../sync-server/db/schema.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import { uuidOf, type History } from './history.ts';
import type { Tampered } from './tampering.ts';

type Trx = Transaction<Database>;
export type TamperDatabase = (trx: Trx, history: History, random: Random) => Promise<Tampered | null>;

/** Columns and what somebody might write there: SQL for another value than the one that stands there. */
const columns: Readonly<Record<string, (random: Random) => string>> = {
  epoch: () => 'epoch + 1',
  at: (random) => random.pick(["at + interval '1 microsecond'", "at - interval '1 day'"]),
  actor: (random) => random.pick(["'admin:' || gen_random_uuid()", "actor || ' '", "''"]),
  device: () => 'case when device is null then gen_random_uuid() end',
  intent: () => 'gen_random_uuid()',
  batch: () => 'case when batch is null then gen_random_uuid() end',
  portal_id: () => 'case when portal_id is null then gen_random_uuid() end',
  kind: () => "case when kind = 'event' then 'row' else 'event' end",
  action: () => "case when action = 'changed' then 'deleted' else 'changed' end",
  entity: () => "entity || 's'",
  entity_id: () => 'gen_random_uuid()',
  revision: () => 'revision + 1',
  payload: (random) => random.pick(["'null '::bytea", "coalesce(payload, '') || ' '::bytea", "'{}'::bytea"]),
  salt: () => "coalesce(salt, '') || '\\x00'::bytea",
  payload_digest: () => 'set_byte(payload_digest, 5, (get_byte(payload_digest, 5) + 1) % 256)',
  hash: () => 'set_byte(hash, 5, (get_byte(hash, 5) + 1) % 256)',
  version: () => '3 - version',
  context: () => `coalesce(context, '') || ' '::bytea`,
  context_salt: () => "coalesce(context_salt, '') || '\\x00'::bytea",
  context_digest: () =>
    "coalesce(set_byte(context_digest, 5, (get_byte(context_digest, 5) + 1) % 256), '\\x00')",
};

function any(history: History, random: Random): number {
  return 1 + random.below(history.head);
}

async function run(trx: Trx, text: string): Promise<void> {
  await sql.raw(text).execute(trx);
}

const mutate: TamperDatabase = async (trx, history, random) => {
  const names = Object.keys(columns);
  const column = names[random.below(names.length)] ?? 'actor';
  const seq = any(history, random);
  await run(trx, `update change_log set ${column} = ${columns[column]?.(random) ?? ''} where seq = ${seq}`);
  return { what: `database: ${column} changed`, from: seq, to: seq };
};

/** Evidence is destroyed, and nothing tells of an erasure. */
const wipe: TamperDatabase = async (trx, history, random) => {
  const seq = any(history, random);
  const part = random.pick(['payload = null, salt = null', 'context = null, context_salt = null']);
  const { numUpdatedRows } = await trx
    .updateTable('changeLog')
    .set(part.startsWith('payload') ? { payload: null, salt: null } : { context: null, contextSalt: null })
    .where('seq', '=', seq)
    .where(part.startsWith('payload') ? 'payload' : 'context', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { what: `database: ${part}`, from: seq, to: seq } : null;
};

const half: TamperDatabase = async (trx, history, random) => {
  const seq = any(history, random);
  const column = random.pick(['payload', 'salt', 'context', 'context_salt', 'context_digest']);
  const { rows } = await sql`
    update change_log set ${sql.ref(column)} = null where seq = ${seq} and ${sql.ref(column)} is not null returning 1`.execute(
    trx,
  );
  return rows.length === 1 ? { what: `database: ${column} emptied`, from: seq, to: seq } : null;
};

/** The same characters in a row, but not in the same columns. */
const shift: TamperDatabase = async (trx, history, random) => {
  const seq = any(history, random);
  await run(
    trx,
    `update change_log set kind = left(kind, -1), entity = right(kind, 1) || entity where seq = ${seq}`,
  );
  return { what: 'database: kind and entity shifted', from: seq, to: seq };
};

const remove: TamperDatabase = async (trx, history, random) => {
  const from = any(history, random);
  const to = Math.min(from + random.below(3), history.head - 1);
  if (to < from) return null;
  await run(trx, `delete from change_log where seq between ${from} and ${to}`);
  if (random.share() < 0.5) return { what: 'database: deleted', from, to };
  await renumber(trx, to + 1, from - to - 1);
  await run(trx, `update log_head set seq = seq - ${to - from + 1}`);
  return { what: 'database: deleted, the rest renumbered', from, to };
};

/** Out of the way first: seq is a key, and each statement checks it row by row. */
async function renumber(trx: Trx, from: number, by: number): Promise<void> {
  await run(trx, `update change_log set seq = -seq where seq >= ${from}`);
  await run(trx, `update change_log set seq = -seq + ${by} where seq < 0`);
}

const insert: TamperDatabase = async (trx, history, random) => {
  const seq = any(history, random);
  await renumber(trx, seq, 1);
  await run(
    trx,
    `insert into change_log select * from jsonb_populate_record(null::change_log,
       (select to_jsonb(c) || jsonb_build_object('seq', ${seq}, 'entity_id', gen_random_uuid())
        from change_log c where c.seq = ${seq + 1}))`,
  );
  await run(trx, 'update log_head set seq = seq + 1');
  return { what: 'database: inserted', from: seq, to: seq };
};

const swap: TamperDatabase = async (trx, history, random) => {
  const one = any(history, random);
  const other = random.share() < 0.5 ? Math.min(one + 1, history.head) : any(history, random);
  if (one === other) return null;
  await run(trx, `update change_log set seq = -seq where seq in (${one}, ${other})`);
  await run(trx, `update change_log set seq = ${one + other} + seq where seq < 0`);
  return { what: 'database: changed places', from: Math.min(one, other), to: Math.max(one, other) };
};

const cut: TamperDatabase = async (trx, history, random) => {
  const seq = Math.max(2, any(history, random));
  await run(trx, `delete from change_log where seq >= ${seq}`);
  if (random.share() < 0.5) {
    await run(
      trx,
      `update log_head set (seq, hash) = (select seq, hash from change_log where seq = ${seq - 1})`,
    );
  }
  return { what: 'database: cut off', from: seq, to: history.head };
};

/** All of it consistent: only the checkpoints know better. */
const fork: TamperDatabase = async (trx, history, random) => {
  const from = any(history, random);
  const entries: AuditEntry[] = [];
  for await (const entry of readEntries(trx, 1, history.head)) entries.push(entry);
  let hash = Buffer.from(entries[from - 2]?.hash ?? '0'.repeat(64), 'hex');
  // As if a restore had begun there: checkpoints of an earlier epoch would not count.
  const epoch = 1 + random.below(2);
  for (const old of entries.slice(from - 1)) {
    const entry = { ...(old.seq === from ? forged(old, random) : old), epoch };
    hash = Buffer.from(chainHash(hash, headerOf(entry)));
    await writeBack(trx, { ...entry, hash: hash.toString('hex') });
  }
  await trx.updateTable('logHead').set({ epoch, hash }).execute();
  if (random.share() < 0.3) {
    // And goes on from there.
    await run(trx, `delete from change_log where seq > ${from}`);
    await run(
      trx,
      `update log_head set (seq, hash) = (select seq, hash from change_log where seq = ${from})`,
    );
  }
  return { what: 'database: another history', from, to: history.head };
};

function forged(entry: AuditEntry, random: Random): AuditEntry {
  const payload = '{"forged":true}';
  const salt = random.bytes(16);
  const payloadDigest = sealedDigest(salt, Buffer.from(payload)).toString('hex');
  const restored = entry.version === 2 && random.share() < 0.3;
  return auditEntrySchema.parse({
    ...entry,
    ...(restored ? { kind: 'event', action: 'backup.restored' } : {}),
    actor: `admin:${uuidOf(random)}`,
    payload,
    salt: salt.toString('hex'),
    payloadDigest,
  });
}

async function writeBack(
  trx: Trx,
  { seq, epoch, actor, kind, action, payload, salt, payloadDigest, hash }: AuditEntry,
): Promise<void> {
  const bytes = (text: string | null, encoding: BufferEncoding): Buffer | null =>
    text === null ? null : Buffer.from(text, encoding);
  await trx
    .updateTable('changeLog')
    .set({
      epoch,
      actor,
      kind: sql`${kind}`,
      action,
      payload: bytes(payload, 'utf8'),
      salt: bytes(salt, 'hex'),
      payloadDigest: Buffer.from(payloadDigest, 'hex'),
      hash: Buffer.from(hash, 'hex'),
    })
    .where('seq', '=', seq)
    .execute();
}

const head: TamperDatabase = async (trx, history, random) => {
  await run(trx, `update log_head set ${random.pick(['seq = seq + 1', 'seq = seq - 1', "hash = '\\x00'"])}`);
  return { what: 'database: head changed', from: history.head - 1, to: history.head + 1 };
};

export const databaseTamperings = [
  mutate,
  mutate,
  mutate,
  wipe,
  half,
  shift,
  remove,
  insert,
  swap,
  cut,
  fork,
  head,
] as const;
