/** A private portal with two products, and for each a developer who asks for it: what is one's own and what is another's. */
import type { Row } from '../../domain/entities.ts';
import {
  applicationRow,
  credentialRow,
  developerRow,
  gatewayRow,
  portalRow,
  productRow,
  publicationRow,
  registrationRow,
  strategyRow,
  versionRow,
} from '../../domain/testing/rows.ts';
import type { Commit } from '../../sync-server/changelog/commit.ts';

const system = { actor: 'system' };

/** One product with everything that hangs on it. */
export interface Stall {
  readonly product: Row<'product'>;
  readonly version: Row<'version'>;
  readonly publication: Row<'publication'>;
  readonly developer: Row<'developer'>;
  readonly application: Row<'application'>;
  readonly registration: Row<'registration'>;
  readonly credential: Row<'credential'>;
}

export interface Shop {
  readonly portal: Row<'portal'>;
  readonly gateway: Row<'gateway'>;
  readonly own: Stall;
  readonly other: Stall;
}

function stall(portal: Row<'portal'>, strategy: Row<'strategy'>, name: string): Stall {
  const [portalId, strategyId] = [portal.id, strategy.id];
  const product = productRow({ name, slug: name });
  const version = versionRow({ productId: product.id });
  const publication = publicationRow({ portalId, versionId: version.id, strategyId });
  const developer = developerRow({ portalId, email: `${name}@example.com`, name, state: 'approved' });
  const application = applicationRow(developer, { strategyId, name, state: 'approved' });
  const registration = registrationRow(application, publication);
  const credential = credentialRow(application);
  return { product, version, publication, developer, application, registration, credential };
}

export async function openShop(commit: Commit): Promise<Shop> {
  const portal = portalRow({ name: 'shop', displayName: 'Shop' });
  const strategy = strategyRow();
  const gateway = gatewayRow();
  const shop = {
    portal,
    gateway,
    own: stall(portal, strategy, 'own'),
    other: stall(portal, strategy, 'other'),
  };
  await commit(async (change) => {
    await change.put('portal', [portal], system);
    await change.put('strategy', [strategy], system);
    await change.put('gateway', [gateway], system);
    for (const { product, version, publication, developer, application, registration, credential } of [
      shop.own,
      shop.other,
    ]) {
      await change.put('product', [product], system);
      await change.put('version', [version], system);
      await change.put('publication', [publication], system);
      await change.put('developer', [developer], system);
      const { id: developerId, portalId, email: emailNormal } = developer;
      await change.db
        .insertInto('developerSecrets')
        .values({ developerId, portalId, emailNormal, passwordHash: null })
        .execute();
      await change.put('application', [application], system);
      await change.put('registration', [registration], system);
      await change.put('credential', [credential], system);
    }
  });
  return shop;
}
