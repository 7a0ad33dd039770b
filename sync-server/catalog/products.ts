/** Products as the Portal API v2 lists, shows and searches them. */
import { sql, type RawBuilder } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Product } from '../../domain/wire/portal-v2.ts';
import type { Db } from '../db/schema.ts';
import type { Visitor } from '../developers/visitor.ts';
import { contains, matches, type Query } from '../portalapi/filters.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { updatedAt } from '../portalapi/stamps.ts';
import { visibleVersions } from './visible.ts';

type Condition = RawBuilder<boolean>;

/** The list, filtered by name, description and id. */
export function listProducts(db: Db, visitor: Visitor, query: Query & Paging): Promise<Page<Product>> {
  const condition = sql<boolean>`(${sql.join(
    [
      matches(query, 'name', sql`products.name`),
      matches(query, 'description', sql`products.description`),
      matches(query, 'id', sql`products.id`),
    ],
    sql` and `,
  )})`;
  return findProducts(db, visitor, condition, query);
}

/** Products whose name or description holds the text; `join` looks into versions' names and documents as well. */
export function searchProducts(
  db: Db,
  visitor: Visitor,
  text: string,
  join: readonly string[],
  paging: Paging,
): Promise<Page<Product>> {
  const places = [
    contains(sql`products.name`, text),
    contains(sql`products.description`, text),
    ...(join.includes('versions') ? [inVersions(db, visitor, text)] : []),
    ...(join.includes('versions.documents') ? [inDocuments(text)] : []),
  ];
  return findProducts(db, visitor, sql<boolean>`(${sql.join(places, sql` or `)})`, paging);
}

function inVersions(db: Db, visitor: Visitor, text: string): Condition {
  const found = visibleVersions(db, visitor)
    .select('versions.productId')
    .where(contains(sql`versions.name`, text));
  return sql<boolean>`products.id in (${found})`;
}

function inDocuments(text: string): Condition {
  return sql<boolean>`exists (select 1 from product_documents where product_documents.product_id = products.id
    and (${contains(sql`product_documents.title`, text)} or ${contains(sql`product_documents.content`, text)}))`;
}

/** Throws `not_found`. */
export async function getProduct(db: Db, visitor: Visitor, id: string): Promise<Product> {
  const { data } = await findProducts(db, visitor, sql<boolean>`products.id = ${id}`, firstOnly);
  const [product] = data;
  if (!product) throw new GatehouseError('not_found');
  return product;
}

const firstOnly: Paging = { 'page[size]': 1, 'page[number]': 1 };

async function findProducts(
  db: Db,
  visitor: Visitor,
  condition: Condition,
  paging: Paging,
): Promise<Page<Product>> {
  const found = db
    .selectFrom('products')
    .where('products.id', 'in', visibleVersions(db, visitor).select('versions.productId'))
    .where(condition);
  const { limit, offset } = limitOf(paging);
  const [rows, { total }] = await Promise.all([
    found
      .select(['id', 'name', 'description', 'createdAt'])
      .select(updatedAt('products.id', 'products.createdAt').as('updatedAt'))
      .select(
        sql<number>`(select count(*) from product_documents where product_id = products.id)`.as('documents'),
      )
      .orderBy('name')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  const ids = rows.map(({ id }) => id);
  const [versions, labels] = await Promise.all([versionsOf(db, visitor, ids), labelsOf(db, ids)]);
  const products = rows.map((row): Product => {
    const own = versions.get(row.id) ?? [];
    const [latest] = own;
    return {
      id: row.id,
      name: row.name,
      description: row.description === '' ? null : row.description,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
      document_count: row.documents,
      version_count: own.length,
      latest_version: latest ? { id: latest.id, name: latest.name } : null,
      public_labels: Object.fromEntries((labels.get(row.id) ?? []).map(({ label, value }) => [label, value])),
    };
  });
  return pageOf(paging, total, products);
}

/** The visible versions of each product, newest first. */
async function versionsOf(db: Db, visitor: Visitor, productIds: readonly string[]) {
  if (productIds.length === 0) return new Map<string, never[]>();
  const rows = await visibleVersions(db, visitor)
    .select(['versions.id', 'versions.name', 'versions.productId'])
    .where('versions.productId', 'in', productIds)
    .orderBy('versions.createdAt', 'desc')
    .orderBy('versions.id', 'desc')
    .execute();
  return Map.groupBy(rows, ({ productId }) => productId);
}

async function labelsOf(db: Db, productIds: readonly string[]) {
  if (productIds.length === 0) return new Map<string, never[]>();
  const rows = await db
    .selectFrom('productLabels')
    .selectAll()
    .where('productId', 'in', productIds)
    .orderBy('label')
    .execute();
  return Map.groupBy(rows, ({ productId }) => productId);
}
