/** What the demo's applications can ask for: the versions that each portal offers under one strategy (rule 13). */
import type { Db } from '../db/schema.ts';

export interface Offer {
  readonly publicationId: string;
  readonly versionId: string;
}

/** One portal and strategy, with at least one version. */
export interface Target {
  readonly portalId: string;
  readonly portal: string;
  readonly strategyId: string;
  readonly offers: readonly [Offer, ...Offer[]];
}

/** In the order of names, not of ids, so that every server draws the same lots. */
export async function readTargets(db: Db): Promise<Target[]> {
  const rows = await db
    .selectFrom('publications')
    .innerJoin('portals', 'portals.id', 'publications.portalId')
    .innerJoin('versions', 'versions.id', 'publications.versionId')
    .innerJoin('products', 'products.id', 'versions.productId')
    .innerJoin('strategies', 'strategies.id', 'publications.strategyId')
    .select(['publications.id as publicationId', 'publications.versionId', 'publications.portalId'])
    .select(['portals.name as portal', 'strategies.id as strategyId'])
    .where('publications.live', '=', true)
    .where('publications.registrationOpen', '=', true)
    .orderBy('portals.name')
    .orderBy('strategies.name')
    .orderBy('products.slug')
    .orderBy('versions.name')
    .execute();
  const targets = new Map<string, Target>();
  for (const { publicationId, versionId, portalId, portal, strategyId } of rows) {
    const key = `${portalId} ${strategyId}`;
    const offer = { publicationId, versionId };
    const known = targets.get(key);
    const offers: Target['offers'] = known ? [...known.offers, offer] : [offer];
    targets.set(key, { portalId, portal, strategyId, offers });
  }
  return [...targets.values()];
}
