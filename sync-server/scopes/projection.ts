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
import { keyOf, membersAfter, membersBefore, ofProducts, replaceMembers, watchedAndBefore } from './kept.ts';
import { isMemberKind, type Membership } from './members.ts';
import { beginAnew, followAdmins, sliceSize } from './watch.ts';

/** What a change means to readers of a few products: one line of `scope_changes`. */
interface Told {
  readonly seq: number;
  readonly entity: MemberKind;
  readonly entityId: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const nobody: readonly string[] = [];

/** Row → the products through which it is seen. */
type Seen = ReadonlyMap<string, readonly string[]>;

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
