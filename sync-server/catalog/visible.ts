/**
 * What a visitor may see of a portal's catalog: versions with a live publication there, private ones only when signed in
 * (rules 25, 41). Every query of the catalog starts here.
 */
import { GatehouseError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';
import type { Visitor } from '../developers/visitor.ts';

/** Visible publications with their versions; callers add what they select and narrow down. */
export function visibleVersions(db: Db, { portal, developer }: Visitor) {
  return db
    .selectFrom('publications')
    .innerJoin('versions', 'versions.id', 'publications.versionId')
    .where('publications.portalId', '=', portal.id)
    .where('publications.live', '=', true)
    .$if(developer === null, (query) => query.where('publications.visibility', '=', 'public'));
}

/** Throws `not_found` for a product without a visible version: as for one that does not exist. */
export async function requireProduct(db: Db, visitor: Visitor, productId: string): Promise<void> {
  const found = await visibleVersions(db, visitor)
    .select('versions.id')
    .where('versions.productId', '=', productId)
    .limit(1)
    .executeTakeFirst();
  if (!found) throw new GatehouseError('not_found');
}

/** Throws `not_found` for a version that this product has not, or that the visitor may not see. */
export async function requireVersion(
  db: Db,
  visitor: Visitor,
  productId: string,
  versionId: string,
): Promise<void> {
  const found = await visibleVersions(db, visitor)
    .select('versions.id')
    .where('versions.productId', '=', productId)
    .where('versions.id', '=', versionId)
    .executeTakeFirst();
  if (!found) throw new GatehouseError('not_found');
}
