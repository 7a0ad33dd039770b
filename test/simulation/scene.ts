/** What there is to decide about in one schedule. */
import { createHash } from 'node:crypto';
import type { Row } from '../../domain/entities.ts';
import type { Target } from '../../domain/intents.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { generateKey, last4 } from '../../domain/keys.ts';
import { undecided } from '../../domain/undecided.ts';
import type { AppDeps } from '../../sync-server/app.ts';
import type { Dice } from './dice.ts';
import { createdAt, made, region, system, type Ground } from './portal.ts';

/** One schedule's own rows, as they were made. */
export interface Scene {
  /** Two, of which a product owner may have none, one or both. */
  readonly products: readonly Row<'product'>[];
  /** One of each product. */
  readonly versions: readonly Row<'version'>[];
  /** One of each version. */
  readonly publications: readonly Row<'publication'>[];
  readonly links: readonly Row<'link'>[];
  readonly developers: readonly Row<'developer'>[];
  readonly applications: readonly Row<'application'>[];
  readonly registrations: readonly Row<'registration'>[];
  readonly credentials: readonly Row<'credential'>[];
  /** Hex SHA-256 of each key, by its credential's id. */
  readonly hashes: ReadonlyMap<string, string>;
}

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

const starts = ['pending', 'pending', 'pending', 'approved', 'rejected'] as const;

/** Developers, applications and registrations, some decided before; one commit. */
export async function setScene({ commit }: AppDeps, ground: Ground, dice: Dice): Promise<Scene> {
  const id = (): string => uuidv7(Date.parse(createdAt), dice.bytes(10));
  const { portal, strategies, services } = ground;
  const portalId = portal.id;
  const strategyId = strategies[0]?.id ?? null;
  const products = ['Weather', 'Tides'].map((name): Row<'product'> => ({
    ...made(id()),
    portalId: null,
    region,
    name,
    slug: id(),
    description: '',
  }));
  const versions = products.map((product): Row<'version'> => ({
    ...made(id()),
    portalId: null,
    productId: product.id,
    name: id(),
    lifecycle: 'active',
  }));
  const publications = versions.map((version): Row<'publication'> => ({
    ...undecided,
    ...made(id()),
    portalId,
    versionId: version.id,
    strategyId,
    visibility: 'public',
    registrationOpen: true,
    autoApprove: false,
    live: true,
  }));
  const links = versions.flatMap((version) =>
    services.map((service): Row<'link'> => ({
      ...made(id()),
      portalId: null,
      versionId: version.id,
      serviceId: service.id,
    })),
  );
  /** The first of each is mostly approved, so that keys pass from the beginning on, and there is something to close. */
  const stateOf = (index: number) =>
    index === 0 && dice.chance(0.8) ? ('approved' as const) : dice.pick(starts);
  const developers = [1, 2].map((number, index): Row<'developer'> => {
    const own = id();
    return {
      ...undecided,
      ...made(own),
      portalId,
      email: `${own}@example.com`,
      name: `Developer ${number}`,
      state: stateOf(index),
      verifiedAt: createdAt,
    };
  });
  const applications = developers.flatMap((developer, index) =>
    Array.from({ length: 2 - index }, (_, of): Row<'application'> => ({
      ...undecided,
      ...made(id()),
      portalId,
      developerId: developer.id,
      strategyId,
      name: 'Application',
      description: '',
      referenceId: id(),
      redirectUri: null,
      state: stateOf(index + of),
    })),
  );
  // The first asks for both, so that losing one product does not take its developer out of sight.
  const wishes = applications.flatMap((application, index) =>
    publications.flatMap((publication, of) =>
      index === 0 || index % 2 === of ? [{ application, publication }] : [],
    ),
  );
  const registrations = wishes.map(({ application, publication }, index): Row<'registration'> => ({
    ...undecided,
    ...made(id()),
    portalId,
    developerId: application.developerId,
    applicationId: application.id,
    publicationId: publication.id,
    versionId: publication.versionId,
    state: stateOf(index),
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
    await change.put('product', products, system);
    await change.put('version', versions, system);
    await change.put('publication', publications, system);
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
  return {
    products,
    versions,
    publications,
    links,
    developers,
    applications,
    registrations,
    credentials,
    hashes,
  };
}
