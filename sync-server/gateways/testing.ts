/** A small portal for tests: one version behind one service, one developer with one application and one key. */
import { createHash, randomBytes } from 'node:crypto';
import type { Row } from '../../domain/entities.ts';
import { generateKey, last4 } from '../../domain/keys.ts';
import { undecided } from '../../domain/undecided.ts';
import type { Commit } from '../changelog/commit.ts';

const createdAt = '2026-01-02T03:04:05.678Z';
const by = { actor: 'system' };

export interface SmallPortal {
  readonly gateway: Row<'gateway'>;
  readonly service: Row<'service'>;
  readonly link: Row<'link'>;
  readonly publication: Row<'publication'>;
  readonly developer: Row<'developer'>;
  readonly application: Row<'application'>;
  readonly registration: Row<'registration'>;
  readonly credential: Row<'credential'>;
  readonly key: string;
  readonly hash: string;
}

/** Everything is approved and linked: a call with the key passes. */
export async function createSmallPortal(commit: Commit, region = 'eu'): Promise<SmallPortal> {
  const id = (): string => crypto.randomUUID();
  const common = { revision: 1, createdAt };
  const portalId = id();
  const strategy: Row<'strategy'> = {
    ...common,
    id: id(),
    portalId: null,
    region,
    name: `key-auth-${id()}`,
    kind: 'key-auth',
    dynamicRegistration: false,
    config: {},
  };
  const portal: Row<'portal'> = {
    ...common,
    id: portalId,
    portalId,
    region,
    name: `p-${portalId}`,
    displayName: 'P',
    description: '',
    isPublic: false,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: strategy.id,
    theme: {},
  };
  const product: Row<'product'> = {
    ...common,
    id: id(),
    portalId: null,
    region,
    name: 'Weather',
    slug: `weather-${portalId}`,
    description: '',
  };
  const version: Row<'version'> = {
    ...common,
    id: id(),
    portalId: null,
    productId: product.id,
    name: 'v1',
    lifecycle: 'active',
  };
  const publication: Row<'publication'> = {
    ...undecided,
    createdAt,
    id: id(),
    portalId,
    versionId: version.id,
    strategyId: strategy.id,
    visibility: 'private',
    registrationOpen: true,
    autoApprove: false,
    live: true,
  };
  const gateway: Row<'gateway'> = { ...common, id: id(), portalId: null, region, name: `g-${portalId}` };
  const service: Row<'service'> = {
    ...common,
    id: id(),
    portalId: null,
    gatewayId: gateway.id,
    name: 'weather',
    path: '/weather',
    upstream: null,
    open: false,
    maxStaleness: null,
  };
  const link: Row<'link'> = {
    ...common,
    id: id(),
    portalId: null,
    versionId: version.id,
    serviceId: service.id,
  };
  const developer: Row<'developer'> = {
    ...undecided,
    createdAt,
    id: id(),
    portalId,
    email: 'mira@example.com',
    name: 'Mira',
    state: 'approved',
    verifiedAt: createdAt,
  };
  const application: Row<'application'> = {
    ...undecided,
    createdAt,
    id: id(),
    portalId,
    developerId: developer.id,
    strategyId: strategy.id,
    name: 'Nimbus',
    description: '',
    referenceId: `ref-${portalId}`,
    redirectUri: null,
    state: 'approved',
  };
  const registration: Row<'registration'> = {
    ...undecided,
    createdAt,
    id: id(),
    portalId,
    developerId: developer.id,
    applicationId: application.id,
    publicationId: publication.id,
    versionId: version.id,
    state: 'approved',
  };
  const key = generateKey(randomBytes);
  const hash = createHash('sha256').update(key).digest();
  const credential: Row<'credential'> = {
    ...common,
    id: id(),
    portalId,
    applicationId: application.id,
    name: 'key',
    last4: last4(key),
    state: 'active',
    notAfter: null,
  };
  await commit(async (change) => {
    await change.put('strategy', [strategy], by);
    await change.put('portal', [portal], by);
    await change.put('product', [product], by);
    await change.put('version', [version], by);
    await change.put('publication', [publication], by);
    await change.put('gateway', [gateway], by);
    await change.put('service', [service], by);
    await change.put('link', [link], by);
    await change.put('developer', [developer], by);
    await change.put('application', [application], by);
    await change.put('registration', [registration], by);
    await change.put('credential', [credential], by);
    await change.db
      .insertInto('credentialSecrets')
      .values({ credentialId: credential.id, portalId, hash })
      .execute();
  });
  return {
    gateway,
    service,
    link,
    publication,
    developer,
    application,
    registration,
    credential,
    key,
    hash: hash.toString('hex'),
  };
}
