/** What a product owner may see, said the plain way: all rows are looked at. The server must come to the same. */
import { canonicalJson } from '../../domain/canonical.ts';
import type { EntityKind, Row } from '../../domain/entities.ts';
import type { Db } from '../../sync-server/db/schema.ts';

export type Tables = { readonly [K in EntityKind]: readonly Row<K>[] };

export async function readTables(db: Db): Promise<Tables> {
  return {
    portal: await db.selectFrom('portals').selectAll().execute(),
    product: await db.selectFrom('products').selectAll().execute(),
    version: await db.selectFrom('versions').selectAll().execute(),
    strategy: await db.selectFrom('strategies').selectAll().execute(),
    publication: await db.selectFrom('publications').selectAll().execute(),
    gateway: await db.selectFrom('gateways').selectAll().execute(),
    service: await db.selectFrom('services').selectAll().execute(),
    link: await db.selectFrom('links').selectAll().execute(),
    admin: await db.selectFrom('admins').selectAll().execute(),
    developer: await db.selectFrom('developers').selectAll().execute(),
    application: await db.selectFrom('applications').selectAll().execute(),
    registration: await db.selectFrom('registrations').selectAll().execute(),
    credential: await db.selectFrom('credentials').selectAll().execute(),
  };
}

/** Entity and id → the row as canonical JSON. */
export type Rows = ReadonlyMap<string, string>;

export function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}

/** The rows that somebody who owns these products is to see. */
export function visibleRows(tables: Tables, productIds: readonly string[]): Rows {
  const owned = new Set(productIds);
  const idsOf = (rows: readonly { readonly id: string }[]): Set<string> => new Set(rows.map(({ id }) => id));
  const among =
    <T>(set: ReadonlySet<T>) =>
    (value: T): boolean =>
      set.has(value);

  const versions = tables.version.filter(({ productId }) => owned.has(productId));
  const versionIds = idsOf(versions);
  const ofVersion = ({ versionId }: { readonly versionId: string }): boolean => versionIds.has(versionId);
  const publications = tables.publication.filter(ofVersion);
  const links = tables.link.filter(ofVersion);
  const registrations = tables.registration.filter(ofVersion);
  const serviceIds = new Set(links.map(({ serviceId }) => serviceId));
  const services = tables.service.filter(({ id }) => serviceIds.has(id));
  const gatewayIds = new Set(services.map(({ gatewayId }) => gatewayId));
  const named = {
    portal: new Set(publications.map(({ portalId }) => portalId)),
    strategy: new Set(publications.map(({ strategyId }) => strategyId)),
    application: new Set(registrations.map(({ applicationId }) => applicationId)),
    developer: new Set(registrations.map(({ developerId }) => developerId)),
  };
  const seen: readonly [EntityKind, readonly { readonly id: string }[]][] = [
    ['product', tables.product.filter(({ id }) => owned.has(id))],
    ['version', versions],
    ['publication', publications],
    ['link', links],
    ['service', services],
    ['gateway', tables.gateway.filter(({ id }) => gatewayIds.has(id))],
    ['portal', tables.portal.filter(({ id }) => named.portal.has(id))],
    ['strategy', tables.strategy.filter(({ id }) => named.strategy.has(id))],
    ['registration', registrations],
    ['application', tables.application.filter(({ id }) => named.application.has(id))],
    ['developer', tables.developer.filter(({ id }) => named.developer.has(id))],
    [
      'admin',
      tables.admin.filter(
        ({ role, productIds: theirs }) =>
          (owned.size > 0 && (role === 'reviewer' || role === 'owner')) ||
          (role === 'product-owner' && theirs.some(among(owned))),
      ),
    ],
  ];
  return new Map(
    seen.flatMap(([kind, rows]) => rows.map((row) => [keyOf(kind, row.id), canonicalJson(row)] as const)),
  );
}
