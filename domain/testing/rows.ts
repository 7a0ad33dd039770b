/**
 * Rows for tests, with what a test does not care about filled in: each has an id of its own, is as it was made, and nobody has
 * decided on it. What a test cares about it says itself.
 */
import { randomUUID } from 'node:crypto';
import type { EntityKind, Row } from '../entities.ts';
import { undecided } from '../undecided.ts';

/** When everything was made. */
export const createdAt = '2026-01-02T03:04:05.678Z';

/** Columns that a test must name, and others that it may. */
type Given<K extends EntityKind, Named extends keyof Row<K> = never> = Pick<Row<K>, Named> & Partial<Row<K>>;

const made = () => ({ id: randomUUID(), revision: 1, createdAt });
const regional = { portalId: null, region: 'eu' } as const;

export function portalRow(given: Given<'portal'> = {}): Row<'portal'> {
  const id = given.id ?? randomUUID();
  return {
    ...made(),
    id,
    portalId: id,
    region: 'eu',
    name: `portal-${id}`,
    displayName: 'Portal',
    description: '',
    isPublic: false,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: null,
    theme: {},
    ...given,
  };
}

export function strategyRow(given: Given<'strategy'> = {}): Row<'strategy'> {
  const base = made();
  return {
    ...base,
    ...regional,
    name: `strategy-${base.id}`,
    kind: 'key-auth',
    dynamicRegistration: false,
    config: {},
    ...given,
  };
}

export function productRow(given: Given<'product'> = {}): Row<'product'> {
  const base = made();
  return { ...base, ...regional, name: 'Weather', slug: `product-${base.id}`, description: '', ...given };
}

export function versionRow(given: Given<'version', 'productId'>): Row<'version'> {
  return { ...made(), portalId: null, name: 'v1', lifecycle: 'active', ...given };
}

/** Live, private, open to registrations. */
export function publicationRow(given: Given<'publication', 'portalId' | 'versionId'>): Row<'publication'> {
  return {
    ...made(),
    ...undecided,
    strategyId: null,
    visibility: 'private',
    registrationOpen: true,
    autoApprove: false,
    live: true,
    ...given,
  };
}

export function gatewayRow(given: Given<'gateway'> = {}): Row<'gateway'> {
  const base = made();
  return { ...base, ...regional, name: `gateway-${base.id}`, ...given };
}

export function serviceRow(given: Given<'service', 'gatewayId'>): Row<'service'> {
  return {
    ...made(),
    portalId: null,
    name: 'weather',
    path: '/weather',
    upstream: null,
    open: false,
    maxStaleness: null,
    ...given,
  };
}

export function linkRow(given: Given<'link', 'versionId' | 'serviceId'>): Row<'link'> {
  return { ...made(), portalId: null, ...given };
}

/** Verified, and waiting. */
export function developerRow(given: Given<'developer', 'portalId'>): Row<'developer'> {
  const base = made();
  return {
    ...base,
    ...undecided,
    email: `developer-${base.id}@example.com`,
    name: 'Ada Lovelace',
    state: 'pending',
    verifiedAt: createdAt,
    ...given,
  };
}

/** Waiting, and the developer's. */
export function applicationRow(
  developer: Row<'developer'>,
  given: Given<'application'> = {},
): Row<'application'> {
  const base = made();
  return {
    ...base,
    ...undecided,
    portalId: developer.portalId,
    developerId: developer.id,
    strategyId: null,
    name: 'Nimbus',
    description: '',
    referenceId: `reference-${base.id}`,
    redirectUri: null,
    state: 'pending',
    ...given,
  };
}

/** Waiting: the application asks for what is published. */
export function registrationRow(
  application: Row<'application'>,
  publication: Row<'publication'>,
  given: Given<'registration'> = {},
): Row<'registration'> {
  return {
    ...made(),
    ...undecided,
    portalId: application.portalId,
    developerId: application.developerId,
    applicationId: application.id,
    publicationId: publication.id,
    versionId: publication.versionId,
    state: 'pending',
    ...given,
  };
}

export function credentialRow(
  application: Row<'application'>,
  given: Given<'credential'> = {},
): Row<'credential'> {
  return {
    ...made(),
    portalId: application.portalId,
    applicationId: application.id,
    name: 'key',
    last4: 'abcd',
    state: 'active',
    notAfter: null,
    ...given,
  };
}
