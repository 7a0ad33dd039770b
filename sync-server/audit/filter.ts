/** Which entries are asked for, as the database finds them by its indexes. */
import { sql, type SelectQueryBuilder } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { AuditFilter } from '../../domain/wire/audit.ts';
import { normalisedAdminEmail } from '../admins/accounts.ts';
import type { Database, Db } from '../db/schema.ts';
import { prefixQuery } from './words.ts';

/** More things than this are not looked up together. */
const maxNamed = 500;
/** The first time that the database has with four digits of a year; nothing in the log is near it. */
const earliest = '0001-01-01T00:00:00.000Z';

/** A filter whose names have become ids, and whose times have become a range of the log. */
export interface ResolvedFilter extends Omit<AuditFilter, 'search'> {
  readonly named?: readonly string[];
  readonly fromSeq?: number;
  readonly toSeq?: number;
}

/** Throws `search_too_wide`. */
export async function resolveFilter(db: Db, { search, ...filter }: AuditFilter): Promise<ResolvedFilter> {
  const [from, to] = [storableTime(filter.from), storableTime(filter.to)];
  return {
    ...filter,
    ...(filter.actor?.includes('@') ? { actor: await actorOf(db, filter.actor) } : {}),
    ...(search === undefined ? {} : { named: await idsNamed(db, search) }),
    ...(from === undefined ? {} : { from, fromSeq: await seqAt(db, from, -1) }),
    ...(to === undefined ? {} : { to, toSeq: await seqAt(db, to, 1) }),
  };
}

/** An admin by e-mail address; what is nobody's finds nothing. */
async function actorOf(db: Db, email: string): Promise<string> {
  const admin = await db
    .selectFrom('admins')
    .select('id')
    .where((eb) => eb.fn<string>('lower', ['email']), '=', normalisedAdminEmail(email))
    .executeTakeFirst();
  return `admin:${admin?.id ?? ''}`;
}

async function idsNamed(db: Db, search: string): Promise<string[]> {
  const query = prefixQuery(search);
  if (query === null) return [];
  const found = await db
    .selectFrom('auditNames')
    .select('entityId')
    .distinct()
    .where(sql<boolean>`to_tsvector('simple', words) @@ to_tsquery('simple', ${query})`)
    .limit(maxNamed + 1)
    .execute();
  if (found.length > maxNamed) throw new GatehouseError('search_too_wide');
  return found.map(({ entityId }) => entityId);
}

/** The time as the database can have it: it has no year 0, and what begins after that begins with the first entry. */
function storableTime(time: string | undefined): string | undefined {
  return time !== undefined && time < earliest ? earliest : time;
}

/**
 * Where entries of a time begin or end at the most: found by the database itself, in one question. Times do not rise all
 * along the log, since clocks are set back; by how much they ever were is how much wider the search by halves looks, so that
 * it finds a place before the first entry after `time`, or behind the last one before it.
 */
async function seqAt(db: Db, time: string, direction: -1 | 1): Promise<number> {
  const { rows } = await sql<{ seq: number }>`
    select log_seq_at(${time}::timestamptz + ${direction} * (set_back + 1) * interval '1 millisecond') as seq
    from log_head`.execute(db);
  return rows[0]?.seq ?? 1;
}

const plain = [
  'actor',
  'kind',
  'action',
  'entity',
  'entityId',
  'portalId',
  'device',
  'intent',
  'batch',
] as const;

export function applyFilter<O>(
  query: SelectQueryBuilder<Database, 'changeLog', O>,
  filter: ResolvedFilter,
): SelectQueryBuilder<Database, 'changeLog', O> {
  let narrowed = query;
  for (const column of plain) {
    const value = filter[column];
    if (value !== undefined) narrowed = narrowed.where(column, '=', value);
  }
  const { named, from, to, fromSeq, toSeq } = filter;
  if (named) narrowed = narrowed.where('entityId', '=', sql<string>`any(${[...named]}::uuid[])`);
  if (from !== undefined) narrowed = narrowed.where('at', '>=', from);
  if (to !== undefined) narrowed = narrowed.where('at', '<=', to);
  if (fromSeq !== undefined) narrowed = narrowed.where('seq', '>=', fromSeq);
  if (toSeq !== undefined) narrowed = narrowed.where('seq', '<=', toSeq);
  return narrowed;
}
