/** Which entries are asked for, as the database finds them by its indexes. */
import { sql, type SelectQueryBuilder } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { AuditFilter } from '../../domain/wire/audit.ts';
import { normalisedAdminEmail } from '../admins/accounts.ts';
import type { Database, Db } from '../db/schema.ts';
import { prefixQuery } from './words.ts';

/** More things than this are not looked up together. */
const maxNamed = 500;
/** Servers' clocks differ by less than this. */
const clockSkew = 60 * 60 * 1000;

/** A filter whose names have become ids, and whose times have become a range of the log. */
export interface ResolvedFilter extends Omit<AuditFilter, 'search'> {
  readonly named?: readonly string[];
  readonly fromSeq?: number;
  readonly toSeq?: number;
}

/** Throws `search_too_wide`. */
export async function resolveFilter(db: Db, { search, ...filter }: AuditFilter): Promise<ResolvedFilter> {
  return {
    ...filter,
    ...(filter.actor?.includes('@') ? { actor: await actorOf(db, filter.actor) } : {}),
    ...(search === undefined ? {} : { named: await idsNamed(db, search) }),
    ...(filter.from === undefined ? {} : { fromSeq: await firstAfter(db, filter.from) }),
    ...(filter.to === undefined ? {} : { toSeq: await lastBefore(db, filter.to) }),
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

/** Where in the log a time begins: the log is in the order of commits, so times are so but for the servers' clocks. */
async function firstAfter(db: Db, from: string): Promise<number> {
  const found = await db
    .selectFrom('changeLog')
    .select('seq')
    .where('at', '<', new Date(Date.parse(from) - clockSkew).toISOString())
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return found?.seq ?? 0;
}

async function lastBefore(db: Db, to: string): Promise<number> {
  const found = await db
    .selectFrom('changeLog')
    .select('seq')
    .where('at', '>', new Date(Date.parse(to) + clockSkew).toISOString())
    .orderBy('at')
    .limit(1)
    .executeTakeFirst();
  return found?.seq ?? Number.MAX_SAFE_INTEGER;
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
