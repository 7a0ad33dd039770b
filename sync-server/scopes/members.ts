/**
 * Which rows belong to a product: the one definition, for single rows after a change and for all of a product's rows once
 * somebody is limited to it. Each way is found by an index from either end, so a change costs what it touches.
 *
 * A product owner sees the product, its versions, publications and links; the portals, strategies, services and gateways
 * that these name; registrations of its versions with their applications and developers; and the admins who may decide
 * about it. Keys are not needed to judge a registration, and one key opens other products too: they are left out.
 */
import { sql, type RawBuilder, type Transaction } from 'kysely';
import { entityKinds, type EntityKind } from '../../domain/entities.ts';
import type { Database, MemberKind } from '../db/schema.ts';

/** A row, seen through a product. */
export interface Membership {
  readonly productId: string;
  readonly entity: MemberKind;
  readonly entityId: string;
}

const published = 'from publications u join versions v on v.id = u.version_id';
const linked = 'from links l join versions v on v.id = l.version_id';
const requested = 'from registrations r join versions v on v.id = r.version_id';

/** For each kind: `product_id` and the `entity_id` of its rows that belong there, some of them several times. */
const sources = {
  product: 'select id as product_id, id as entity_id from products',
  version: 'select product_id, id as entity_id from versions',
  publication: `select v.product_id, u.id as entity_id ${published}`,
  portal: `select v.product_id, u.portal_id as entity_id ${published}`,
  strategy: `select v.product_id, u.strategy_id as entity_id ${published} where u.strategy_id is not null`,
  link: `select v.product_id, l.id as entity_id ${linked}`,
  service: `select v.product_id, l.service_id as entity_id ${linked}`,
  gateway: `select v.product_id, s.gateway_id as entity_id ${linked} join services s on s.id = l.service_id`,
  registration: `select v.product_id, r.id as entity_id ${requested}`,
  application: `select v.product_id, r.application_id as entity_id ${requested}`,
  developer: `select v.product_id, r.developer_id as entity_id ${requested}`,
  admin: `select value::uuid as product_id, id as entity_id
      from admins cross join jsonb_array_elements_text(product_ids) as value where role = 'product-owner'
    union all
    select product_id, id as entity_id from admins cross join watched_products where role in ('reviewer', 'owner')`,
} as const satisfies Record<MemberKind, string>;

export function isMemberKind(kind: EntityKind): kind is MemberKind {
  return Object.hasOwn(sources, kind);
}

/** Kinds that grow with the number of developers: one registration brings at most one row of each. */
const requestKinds = ['registration', 'application', 'developer'] as const satisfies readonly MemberKind[];

/** Kinds of which a portal has a handful, and which come and go with what names them. */
export const catalogKinds: readonly MemberKind[] = ['portal', 'strategy', 'service', 'gateway'];

function selection(kind: MemberKind, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select distinct product_id, ${kind}::text as entity, entity_id
    from (${sql.raw(sources[kind])}) as found where ${condition}`;
}

function rows(texts: readonly string[]): RawBuilder<unknown> {
  return sql`any(${[...texts]}::uuid[])`;
}

/** Whom these rows belong to as they are now, among the products given. */
export async function membersNow(
  db: Transaction<Database>,
  products: readonly string[],
  ids: ReadonlyMap<MemberKind, readonly string[]>,
): Promise<Membership[]> {
  if (ids.size === 0) return [];
  const selections = [...ids].map(([kind, ofKind]) =>
    selection(kind, sql`entity_id = ${rows(ofKind)} and product_id = ${rows(products)}`),
  );
  const found = await sql<Membership>`${sql.join(selections, sql` union all `)}`.execute(db);
  return found.rows;
}

/** Fills in the few rows of products which have just become somebody's: all but what registrations bring. */
export async function fillCatalog(db: Transaction<Database>, products: readonly string[]): Promise<void> {
  const many: readonly MemberKind[] = requestKinds;
  const few = entityKinds.filter(isMemberKind).filter((kind) => !many.includes(kind));
  await insertMembers(
    db,
    few.map((kind) => selection(kind, sql`product_id = ${rows(products)}`)),
  );
}

/** Where a slice of a product's registrations ends. */
export interface Slice {
  /** How many registrations it had; fewer than asked for in the last one. */
  readonly size: number;
  /** The last one's id; null where there was none. */
  readonly to: string | null;
}

/** Fills in what the product's next registrations bring, by their ids, after `from`. */
export async function fillRequests(
  db: Transaction<Database>,
  product: string,
  from: string | null,
  size: number,
): Promise<Slice> {
  const after = from === null ? sql`true` : sql`id > ${from}`;
  const { rows: slice } = await sql<{ id: string; applicationId: string; developerId: string }>`
    select r.id, application_id, developer_id from versions v cross join lateral (
      select id, application_id, developer_id from registrations where version_id = v.id and ${after}
      order by id limit ${size}) r
    where v.product_id = ${product} order by r.id limit ${size}`.execute(db);
  const ids = {
    registration: slice.map(({ id }) => id),
    application: slice.map(({ applicationId }) => applicationId),
    developer: slice.map(({ developerId }) => developerId),
  };
  if (slice.length > 0) {
    const selections = requestKinds.map((kind) =>
      selection(kind, sql`product_id = ${product} and entity_id = ${rows(ids[kind])}`),
    );
    await insertMembers(db, selections);
  }
  return { size: slice.length, to: slice.at(-1)?.id ?? null };
}

/** Removes so many rows of a product at most; how many it removed. */
export async function clearMembers(
  db: Transaction<Database>,
  product: string,
  atMost: number,
): Promise<number> {
  const { numAffectedRows } = await sql`delete from product_members where ctid = any(array(
    select ctid from product_members where product_id = ${product} limit ${atMost}))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Those that a change has brought already stay. */
async function insertMembers(
  db: Transaction<Database>,
  selections: readonly RawBuilder<unknown>[],
): Promise<void> {
  await sql`insert into product_members (product_id, entity, entity_id)
    ${sql.join(selections, sql` union all `)} on conflict do nothing`.execute(db);
}
