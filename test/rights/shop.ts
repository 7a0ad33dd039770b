/** A private portal with two products, and for each a developer who asks for it: what is one's own and what is another's. */
import type { Row } from '../../domain/entities.ts';
import { undecided } from '../../domain/undecided.ts';
import type { Commit } from '../../sync-server/changelog/commit.ts';

const createdAt = '2026-01-02T03:04:05.678Z';
const region = 'eu';
const system = { actor: 'system' };

const made = () => ({ id: crypto.randomUUID(), revision: 1, createdAt });

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
  const product = { ...made(), portalId: null, region, name, slug: name, description: '' };
  const version: Row<'version'> = {
    ...made(),
    portalId: null,
    productId: product.id,
    name: 'v1',
    lifecycle: 'active',
  };
  const publication: Row<'publication'> = {
    ...made(),
    ...undecided,
    portalId: portal.id,
    versionId: version.id,
    strategyId: strategy.id,
    visibility: 'private',
    registrationOpen: true,
    autoApprove: false,
    live: true,
  };
  const developer: Row<'developer'> = {
    ...made(),
    ...undecided,
    portalId: portal.id,
    email: `${name}@example.com`,
    name,
    state: 'approved',
    verifiedAt: createdAt,
  };
  const application: Row<'application'> = {
    ...made(),
    ...undecided,
    portalId: portal.id,
    developerId: developer.id,
    strategyId: strategy.id,
    name,
    description: '',
    referenceId: name,
    redirectUri: null,
    state: 'approved',
  };
  const registration: Row<'registration'> = {
    ...made(),
    ...undecided,
    portalId: portal.id,
    developerId: developer.id,
    applicationId: application.id,
    publicationId: publication.id,
    versionId: version.id,
    state: 'pending',
  };
  const credential: Row<'credential'> = {
    ...made(),
    portalId: portal.id,
    applicationId: application.id,
    name: 'key',
    last4: 'abcd',
    state: 'active',
    notAfter: null,
  };
  return { product, version, publication, developer, application, registration, credential };
}

export async function openShop(commit: Commit): Promise<Shop> {
  const id = crypto.randomUUID();
  const portal: Row<'portal'> = {
    id,
    portalId: id,
    region,
    name: 'shop',
    displayName: 'Shop',
    description: '',
    isPublic: false,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: null,
    theme: {},
    revision: 1,
    createdAt,
  };
  const strategy: Row<'strategy'> = {
    ...made(),
    portalId: null,
    region,
    name: 'keys',
    kind: 'key-auth',
    dynamicRegistration: false,
    config: {},
  };
  const gateway: Row<'gateway'> = { ...made(), portalId: null, region, name: 'edge' };
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
