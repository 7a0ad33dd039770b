/** What there is to decide about: the lasting part of a simulated portal, and what each schedule adds to it. */
import { createHash } from 'node:crypto';
import type { Row } from '../../domain/entities.ts';
import type { Target } from '../../domain/intents.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { generateKey, last4 } from '../../domain/keys.ts';
import { undecided } from '../../domain/undecided.ts';
import type { AppDeps } from '../../sync-server/app.ts';
import type { Dice } from './dice.ts';

export const system = { actor: 'system' } as const;
const createdAt = '2026-01-02T03:04:05.678Z';
export const region = 'eu';

/** What outlives a schedule. */
export interface Ground {
  readonly portal: Row<'portal'>;
  readonly strategies: readonly Row<'strategy'>[];
  readonly gateways: readonly Row<'gateway'>[];
  readonly services: readonly Row<'service'>[];
}

/** One schedule's own rows, as they were made. */
export interface Scene {
  readonly publication: Row<'publication'>;
  readonly links: readonly Row<'link'>[];
  readonly developers: readonly Row<'developer'>[];
  readonly applications: readonly Row<'application'>[];
  readonly registrations: readonly Row<'registration'>[];
  readonly credentials: readonly Row<'credential'>[];
  /** Hex SHA-256 of each key, by its credential's id. */
  readonly hashes: ReadonlyMap<string, string>;
}

const made = (id: string) => ({ id, revision: 1, createdAt });

/** What admins may decide about, registrations more often than the rest. */
export function targetsOf(scene: Scene): Target[] {
  return [
    ...scene.developers.map(({ id }) => ({ kind: 'developer' as const, id })),
    ...scene.applications.map(({ id }) => ({ kind: 'application' as const, id })),
    ...scene.registrations.map(({ id }) => ({ kind: 'registration' as const, id })),
    ...scene.registrations.map(({ id }) => ({ kind: 'registration' as const, id })),
    ...scene.credentials.map(({ id }) => ({ kind: 'credential' as const, id })),
  ];
}

export async function layGround({ commit }: AppDeps, gateways: number): Promise<Ground> {
  const id = (): string => crypto.randomUUID();
  const strategies = ['key-auth', 'other'].map((name): Row<'strategy'> => ({
    ...made(id()),
    portalId: null,
    region,
    name,
    kind: 'key-auth',
    dynamicRegistration: false,
    config: {},
  }));
  const portalId = id();
  const portal: Row<'portal'> = {
    ...made(portalId),
    portalId,
    region,
    name: 'simulated',
    displayName: 'Simulated',
    description: '',
    isPublic: false,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: strategies[0]?.id ?? null,
    theme: {},
  };
  const edges = Array.from({ length: gateways }, (_, number): Row<'gateway'> => ({
    ...made(id()),
    portalId: null,
    region,
    name: `edge-${number}`,
  }));
  const services = edges.map((edge): Row<'service'> => ({
    ...made(id()),
    portalId: null,
    gatewayId: edge.id,
    name: 'weather',
    path: '/weather',
    upstream: null,
    open: false,
    maxStaleness: null,
  }));
  await commit(async (change) => {
    await change.put('strategy', strategies, system);
    await change.put('portal', [portal], system);
    await change.put('gateway', edges, system);
    await change.put('service', services, system);
  });
  return { portal, strategies, gateways: edges, services };
}

const starts = ['pending', 'pending', 'pending', 'approved', 'rejected'] as const;

/** Developers, applications and registrations, some decided before; one commit. */
export async function setScene({ commit }: AppDeps, ground: Ground, dice: Dice): Promise<Scene> {
  const id = (): string => uuidv7(Date.parse(createdAt), dice.bytes(10));
  const { portal, strategies, services } = ground;
  const portalId = portal.id;
  const strategyId = strategies[0]?.id ?? null;
  const product: Row<'product'> = {
    ...made(id()),
    portalId: null,
    region,
    name: 'Weather',
    slug: id(),
    description: '',
  };
  const version: Row<'version'> = {
    ...made(id()),
    portalId: null,
    productId: product.id,
    name: 'v1',
    lifecycle: 'active',
  };
  const publication: Row<'publication'> = {
    ...undecided,
    ...made(id()),
    portalId,
    versionId: version.id,
    strategyId,
    visibility: 'public',
    registrationOpen: true,
    autoApprove: false,
    live: true,
  };
  const links = services.map((service): Row<'link'> => ({
    ...made(id()),
    portalId: null,
    versionId: version.id,
    serviceId: service.id,
  }));
  const developers = [1, 2].map((number): Row<'developer'> => {
    const own = id();
    return {
      ...undecided,
      ...made(own),
      portalId,
      email: `${own}@example.com`,
      name: `Developer ${number}`,
      state: dice.pick(starts),
      verifiedAt: createdAt,
    };
  });
  const applications = developers.flatMap((developer, index) =>
    Array.from({ length: 2 - index }, (): Row<'application'> => ({
      ...undecided,
      ...made(id()),
      portalId,
      developerId: developer.id,
      strategyId,
      name: 'Application',
      description: '',
      referenceId: id(),
      redirectUri: null,
      state: dice.pick(starts),
    })),
  );
  const registrations = applications.map((application): Row<'registration'> => ({
    ...undecided,
    ...made(id()),
    portalId,
    developerId: application.developerId,
    applicationId: application.id,
    publicationId: publication.id,
    versionId: version.id,
    state: dice.pick(starts),
  }));
  const hashes = new Map<string, string>();
  const credentials = applications.map((application): Row<'credential'> => {
    const key = generateKey((count) => dice.bytes(count));
    const own = made(id());
    hashes.set(own.id, createHash('sha256').update(key).digest('hex'));
    return {
      ...own,
      portalId,
      applicationId: application.id,
      name: 'key',
      last4: last4(key),
      state: 'active',
      notAfter: null,
    };
  });
  await commit(async (change) => {
    await change.put('product', [product], system);
    await change.put('version', [version], system);
    await change.put('publication', [publication], system);
    await change.put('link', links, system);
    await change.put('developer', developers, system);
    await change.put('application', applications, system);
    await change.put('registration', registrations, system);
    await change.put('credential', credentials, system);
    const secrets = [...hashes].map(([credentialId, hash]) => ({
      credentialId,
      portalId,
      hash: Buffer.from(hash, 'hex'),
    }));
    await change.db.insertInto('credentialSecrets').values(secrets).execute();
  });
  return { publication, links, developers, applications, registrations, credentials, hashes };
}
