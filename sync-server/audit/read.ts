/** The log as an export has it, page by page, straight from the database. */
import { sql } from 'kysely';
import type { AuditEntry } from '../../domain/wire/audit.ts';
import type { Db } from '../db/schema.ts';
import { applyFilter, type ResolvedFilter } from './filter.ts';

const pageEntries = 1_000;

/** Every column as exactly as the chain seals it: the time to the microsecond, should somebody have changed one. */
const columns = [
  'version',
  'seq',
  'epoch',
  'actor',
  'device',
  'intent',
  'batch',
  'portalId',
  'kind',
  'action',
  'entity',
  'entityId',
  'revision',
  'payload',
  'salt',
  'payloadDigest',
  'context',
  'contextSalt',
  'contextDigest',
  'hash',
] as const;
const exactTime = sql<string>`regexp_replace(to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', '') || 'Z'`;

function hex(bytes: Buffer | null): string | null {
  return bytes?.toString('hex') ?? null;
}

/** Entries from `from` to `to`, both included, oldest first, never more than a page in memory. */
export async function* readEntries(
  db: Db,
  from: number,
  to: number,
  filter: ResolvedFilter = {},
): AsyncGenerator<AuditEntry> {
  let after = from - 1;
  while (after < to) {
    const rows = await applyFilter(
      db.selectFrom('changeLog').select([...columns, exactTime.as('at')]),
      filter,
    )
      .where('seq', '>', after)
      .where('seq', '<=', to)
      .orderBy('seq')
      .limit(pageEntries)
      .execute();
    for (const { payload, salt, payloadDigest, context, contextSalt, contextDigest, hash, ...rest } of rows) {
      yield {
        ...rest,
        payload: payload?.toString('utf8') ?? null,
        salt: hex(salt),
        payloadDigest: payloadDigest.toString('hex'),
        context: context?.toString('utf8') ?? null,
        contextSalt: hex(contextSalt),
        contextDigest: hex(contextDigest),
        hash: hash.toString('hex'),
      };
    }
    const last = rows.at(-1);
    if (!last) return;
    after = last.seq;
  }
}
