/** Versions of a product, with how an application registers for them. */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import type { ProductVersion } from '../../domain/wire/portal-v2.ts';
import type { Db } from '../db/schema.ts';
import type { Visitor } from '../developers/visitor.ts';
import { matches, type Query } from '../portalapi/filters.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { updatedAt } from '../portalapi/stamps.ts';
import { authMethods, credentialType, strategiesOf } from '../portalapi/strategies.ts';
import { visibleVersions } from './visible.ts';

function versionsOf(db: Db, visitor: Visitor, productId: string) {
  return visibleVersions(db, visitor).where('versions.productId', '=', productId);
}

function withDetails(query: ReturnType<typeof versionsOf>) {
  return query
    .select(['versions.id', 'versions.name', 'versions.lifecycle', 'versions.createdAt'])
    .select(['publications.strategyId', 'publications.registrationOpen', 'publications.autoApprove'])
    .select(updatedAt('versions.id', 'versions.createdAt').as('updatedAt'));
}

type Detailed = Awaited<ReturnType<ReturnType<typeof withDetails>['execute']>>[number];

/** Newest first. */
export async function listVersions(
  db: Db,
  visitor: Visitor,
  productId: string,
  query: Query & Paging,
): Promise<Page<ProductVersion>> {
  const found = versionsOf(db, visitor, productId).where(matches(query, 'name', sql`versions.name`));
  const { limit, offset } = limitOf(query);
  const [rows, { total }] = await Promise.all([
    withDetails(found)
      .orderBy('versions.createdAt', 'desc')
      .orderBy('versions.id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  return pageOf(query, total, await inFull(db, visitor, rows));
}

/** Throws `not_found`. */
export async function getVersion(
  db: Db,
  visitor: Visitor,
  productId: string,
  versionId: string,
): Promise<ProductVersion> {
  const rows = await withDetails(versionsOf(db, visitor, productId))
    .where('versions.id', '=', versionId)
    .execute();
  const [version] = await inFull(db, visitor, rows);
  if (!version) throw new GatehouseError('not_found');
  return version;
}

async function inFull(db: Db, visitor: Visitor, rows: readonly Detailed[]): Promise<ProductVersion[]> {
  const strategyOf = await strategiesOf(db, rows);
  return rows.map((row) => {
    const strategy = strategyOf(row);
    return {
      id: row.id,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
      name: row.name,
      deprecated: row.lifecycle !== 'active',
      registration_configs: strategy ? [registrationConfig(visitor, row, strategy)] : [],
    };
  });
}

function registrationConfig({ portal }: Visitor, row: Detailed, strategy: Row<'strategy'>) {
  const methods = authMethods(strategy);
  return {
    id: strategy.id,
    name: strategy.name,
    credential_type: credentialType(strategy),
    ...(methods ? { auth_methods: methods } : {}),
    registration_enabled: row.registrationOpen && !portal.isPublic,
    registration_auto_approve: row.autoApprove,
  };
}
