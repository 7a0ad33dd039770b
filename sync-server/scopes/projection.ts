/**
 * Keeps who sees what in step with the rows, inside the commit that changes them, and writes down what each change means to
 * readers of a few products: the row's image where it is seen after it, its loss where it was seen before it.
 */
import { sql, type Transaction } from 'kysely';
import type { Projection, RowChange } from '../changelog/commit.ts';
import type { Database, MemberKind } from '../db/schema.ts';
import {
  addCatalog,
  addDependants,
  addNamed,
  gatherCandidates,
  hasMoreRequests,
  type Candidate,
  type Candidates,
} from './affected.ts';
import { isMemberKind, membersNow, type Membership } from './members.ts';
import { beginAnew, followAdmins, sliceSize } from './watch.ts';

/** Row → the products through which it is seen. */
type Seen = ReadonlyMap<string, readonly string[]>;

interface Told {
  readonly seq: number;
  readonly entity: MemberKind;
  readonly entityId: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const nobody: readonly string[] = [];

function keyOf({ entity, entityId }: { readonly entity: string; readonly entityId: string }): string {
  return `${entity} ${entityId}`;
}

function seenThrough(members: readonly Membership[]): Seen {
  const seen = new Map<string, string[]>();
  for (const member of members) {
    const key = keyOf(member);
    const products = seen.get(key);
    if (products) products.push(member.productId);
    else seen.set(key, [member.productId]);
  }
  return seen;
}

async function membersBefore(
  db: Transaction<Database>,
  watched: readonly string[],
  candidates: readonly Candidate[],
): Promise<Membership[]> {
  const ids = candidates.map(({ entityId }) => entityId);
  return db
    .selectFrom('productMembers')
    .select(['productId', 'entity', 'entityId'])
    .where('entityId', '=', sql<string>`any(${ids}::uuid[])`)
    .where('productId', '=', sql<string>`any(${[...watched]}::uuid[])`)
    .execute();
}

/**
 * The same with the watched products, in one question: every commit asks it. What is left of a product that is being
 * cleared means nothing any more, and is passed over.
 */
async function watchedAndBefore(
  db: Transaction<Database>,
  candidates: readonly Candidate[],
): Promise<{ readonly watched: readonly string[]; readonly was: readonly Membership[] }> {
  const ids = candidates.map(({ entityId }) => entityId);
  const { rows } = await sql<{ productId: string; entity: MemberKind | null; entityId: string | null }>`
    select product_id, null as entity, null as entity_id from watched_products where not clearing
    union all
    select product_id, entity, entity_id from product_members where entity_id = any(${ids}::uuid[])`.execute(
    db,
  );
  const watched = rows.filter(({ entity }) => entity === null).map(({ productId }) => productId);
  const was = rows.flatMap(({ productId, entity, entityId }): Membership[] =>
    entity === null || entityId === null ? [] : [{ productId, entity, entityId }],
  );
  return { watched, was: ofProducts(watched, was) };
}

function ofProducts(products: readonly string[], members: readonly Membership[]): Membership[] {
  return members.filter(({ productId }) => products.includes(productId));
}

async function membersAfter(
  db: Transaction<Database>,
  watched: readonly string[],
  candidates: readonly Candidate[],
): Promise<Membership[]> {
  const ids = new Map<MemberKind, string[]>();
  for (const { entity, entityId } of candidates) {
    const ofKind = ids.get(entity);
    if (ofKind) ofKind.push(entityId);
    else ids.set(entity, [entityId]);
  }
  return membersNow(db, watched, ids);
}

/** `slice`: how many registrations a commit fills in or moves to another product at most; the rest is the filler's. */
export function scopeProjection(slice: number): Projection {
  return async ({ db }, rows) => {
    const last = rows.findLast(({ kind }) => kind === 'admin');
    if (last) await followAdmins(db, last.seq, slice);
    if (rows.length > 0) await project(db, rows, slice);
  };
}

export const projectScopes = scopeProjection(sliceSize);

async function project(db: Transaction<Database>, rows: readonly RowChange[], slice: number): Promise<void> {
  const candidates = gatherCandidates();
  addNamed(candidates, rows);
  const named = candidates.all();
  const { watched, was: wasNamed } = await watchedAndBefore(db, named);
  if (watched.length === 0) return;
  await addCatalog(db, candidates, rows);
  const kept = await followVersions(db, candidates, watched, rows, slice);

  const all = candidates.all();
  const was = all.length === named.length ? ofProducts(kept, wasNamed) : await membersBefore(db, kept, all);
  const is = await membersAfter(db, kept, all);
  const told = tell(rows, all, seenThrough(was), seenThrough(is));
  if (told.length === 0) return;
  await replaceMembers(db, was, is);
  await record(db, told);
}

/**
 * Adds what hangs on versions that came into a product's reach or left it. Where that is too much for one commit, the
 * products begin anew instead; answers those that do not.
 */
async function followVersions(
  db: Transaction<Database>,
  candidates: Candidates,
  watched: readonly string[],
  rows: readonly RowChange[],
  slice: number,
): Promise<readonly string[]> {
  const moved = await movedVersions(db, watched, rows);
  if (moved.length === 0) return watched;
  const ids = moved.map(({ id }) => id);
  if (!(await hasMoreRequests(db, ids, slice))) {
    await addDependants(db, candidates, moved);
    return watched;
  }
  const anew = new Set(moved.flatMap(({ products }) => products));
  await beginAnew(db, [...anew]);
  return watched.filter((id) => !anew.has(id));
}

interface MovedVersion {
  readonly id: string;
  readonly seq: number;
  /** Through which it was seen, or is. */
  readonly products: readonly string[];
}

/** Seldom any. */
async function movedVersions(
  db: Transaction<Database>,
  watched: readonly string[],
  rows: readonly RowChange[],
): Promise<MovedVersion[]> {
  const versions = rows.flatMap(({ kind, row, seq }): Candidate[] =>
    kind === 'version' ? [{ entity: 'version', entityId: row.id, seq }] : [],
  );
  if (versions.length === 0) return [];
  const was = seenThrough(await membersBefore(db, watched, versions));
  const is = seenThrough(await membersAfter(db, watched, versions));
  return versions.flatMap((version): MovedVersion[] => {
    const before = was.get(keyOf(version)) ?? nobody;
    const after = is.get(keyOf(version)) ?? nobody;
    if (sameProducts(before, after)) return [];
    return [{ id: version.entityId, seq: version.seq, products: [...before, ...after] }];
  });
}

function sameProducts(a: readonly string[] = nobody, b: readonly string[] = nobody): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

/** In the log's order; what comes in untouched stands before the change that brings it. */
function tell(rows: readonly RowChange[], candidates: readonly Candidate[], was: Seen, is: Seen): Told[] {
  const own: Told[] = [];
  const changed = new Set<string>();
  const before = new Map(was);
  for (const { kind, row, gone, seq } of rows) {
    if (!isMemberKind(kind)) continue;
    const one = { seq, entity: kind, entityId: row.id };
    const key = keyOf(one);
    const after = gone ? nobody : (is.get(key) ?? nobody);
    changed.add(key);
    own.push({ ...one, before: before.get(key) ?? nobody, after });
    before.set(key, after);
  }
  const untouched = candidates.flatMap((candidate): Told[] => {
    const key = keyOf(candidate);
    if (changed.has(key) || sameProducts(was.get(key), is.get(key))) return [];
    return [{ ...candidate, before: was.get(key) ?? nobody, after: is.get(key) ?? nobody }];
  });
  return [...untouched, ...own].filter(({ before: from, after }) => from.length + after.length > 0);
}

async function replaceMembers(
  db: Transaction<Database>,
  was: readonly Membership[],
  is: readonly Membership[],
): Promise<void> {
  const id = (member: Membership): string => `${keyOf(member)} ${member.productId}`;
  const kept = new Set(is.map(id));
  const known = new Set(was.map(id));
  const over = was.filter((member) => !kept.has(id(member)));
  const fresh = is.filter((member) => !known.has(id(member)));
  const shape = `(product_id uuid, entity text, entity_id uuid)`;
  const list = (members: readonly Membership[]) =>
    sql`jsonb_to_recordset(${JSON.stringify(
      members.map(({ productId, entity, entityId }) => ({
        product_id: productId,
        entity,
        entity_id: entityId,
      })),
    )}::jsonb) as r ${sql.raw(shape)}`;
  if (over.length > 0) {
    await sql`delete from product_members m using ${list(over)}
      where m.product_id = r.product_id and m.entity = r.entity and m.entity_id = r.entity_id`.execute(db);
  }
  if (fresh.length > 0) {
    await sql`insert into product_members (product_id, entity, entity_id)
      select product_id, entity, entity_id from ${list(fresh)}`.execute(db);
  }
}

async function record(db: Transaction<Database>, told: readonly Told[]): Promise<void> {
  const entries = told.map(({ seq, entity, entityId, before, after }, number) => ({
    seq,
    number,
    entity,
    entity_id: entityId,
    seen_before: before,
    seen_after: after,
  }));
  await sql`insert into scope_changes (seq, number, entity, entity_id, seen_before, seen_after)
    select seq, number, entity, entity_id, seen_before, seen_after
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as r (seq bigint, number integer, entity text, entity_id uuid,
      seen_before uuid[], seen_after uuid[])`.execute(db);
}
