/**
 * What is kept of who belongs to which watched product: how it was before a change, how it is after it, and the step from
 * one to the other.
 */
import { sql, type Transaction } from 'kysely';
import type { Database, MemberKind } from '../db/schema.ts';
import type { Candidate } from './affected.ts';
import { membersNow, type Membership } from './members.ts';

/** A row, as a key of maps. */
export function keyOf({ entity, entityId }: { readonly entity: string; readonly entityId: string }): string {
  return `${entity} ${entityId}`;
}

/** Whose the rows were before this change, among the products given. */
export async function membersBefore(
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
export async function watchedAndBefore(
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

export function ofProducts(products: readonly string[], members: readonly Membership[]): Membership[] {
  return members.filter(({ productId }) => products.includes(productId));
}

/** Whose they are now, by the definition and not by what is kept. */
export async function membersAfter(
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

/** Writes down what has come in and takes out what has gone. */
export async function replaceMembers(
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
