/** A small portal for tests: one version behind one service, one developer with one application and one key. */
import { createHash, randomBytes } from 'node:crypto';
import type { Row } from '../../domain/entities.ts';
import { generateKey, last4 } from '../../domain/keys.ts';
import {
  applicationRow,
  credentialRow,
  developerRow,
  gatewayRow,
  linkRow,
  portalRow,
  productRow,
  publicationRow,
  registrationRow,
  serviceRow,
  strategyRow,
  versionRow,
} from '../../domain/testing/rows.ts';
import type { Commit } from '../changelog/commit.ts';

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
  const strategy = strategyRow({ region });
  const portal = portalRow({ region, defaultStrategyId: strategy.id });
  const product = productRow({ region });
  const version = versionRow({ productId: product.id });
  const [portalId, strategyId] = [portal.id, strategy.id];
  const publication = publicationRow({ portalId, versionId: version.id, strategyId });
  const gateway = gatewayRow({ region });
  const service = serviceRow({ gatewayId: gateway.id });
  const link = linkRow({ versionId: version.id, serviceId: service.id });
  const state = 'approved';
  const developer = developerRow({ portalId, email: 'mira@example.com', name: 'Mira', state });
  const application = applicationRow(developer, { strategyId, state });
  const registration = registrationRow(application, publication, { state });
  const key = generateKey(randomBytes);
  const hash = createHash('sha256').update(key).digest();
  const credential = credentialRow(application, { last4: last4(key) });
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
