/** A portal as large as wished, the same at every run: names, dates and decisions are drawn from a seed. */
import { uuidv7 } from '../../domain/ids.ts';
import type { Row } from '../../domain/entities.ts';
import { undecided } from '../../domain/undecided.ts';

/** A generator of numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const given = [
  'Mira',
  'Jonas',
  'Aylin',
  'Chidi',
  'Noor',
  'Lena',
  'Tomás',
  'Yuki',
  'Ines',
  'Omar',
  'Priya',
  'Sven',
];
const family = [
  'Keller',
  'Okafor',
  'Demir',
  'Silva',
  'Tanaka',
  'Novak',
  'Haddad',
  'Iyer',
  'Berg',
  'Costa',
  'Wolf',
];
const companies = [
  'nimbus.example',
  'harbour.example',
  'kite-labs.example',
  'northwind.example',
  'acme.example',
];
const things = ['Dashboard', 'Mobile', 'Kiosk', 'Importer', 'Alerts', 'Planner', 'Widget', 'Reports', 'Sync'];
const reasons = [
  'No company named',
  'Use the sandbox first',
  'Duplicate of an earlier request',
  'Terms not accepted',
];
const versionCount = 12;
const perApplication = 5;
const applicationsEach = 2;
const start = Date.UTC(2025, 0, 6, 8);
const span = 400 * 86_400_000;

export interface Base {
  readonly strategy: Row<'strategy'>;
  readonly portal: Row<'portal'>;
  readonly products: readonly Row<'product'>[];
  readonly versions: readonly Row<'version'>[];
  readonly publications: readonly Row<'publication'>[];
}

/** One developer with all that is theirs. */
export interface Dossier {
  readonly developer: Row<'developer'>;
  readonly applications: readonly Row<'application'>[];
  readonly registrations: readonly Row<'registration'>[];
  readonly credentials: readonly Row<'credential'>[];
}

export interface SamplePortal {
  readonly base: Base;
  /** Developers until there are so many registrations. */
  readonly dossiers: (registrations: number) => Iterable<Dossier>;
}

export function samplePortal(seed: number, admin: string): SamplePortal {
  const draw = seeded(seed);
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => {
    const found = list[Math.floor(draw() * list.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  };
  const idAt = (time: number): string =>
    uuidv7(
      time,
      Uint8Array.from({ length: 10 }, () => draw() * 256),
    );
  const iso = (time: number): string => new Date(time).toISOString();
  const common = { revision: 1, createdAt: iso(start) };

  const strategy: Row<'strategy'> = {
    ...common,
    id: idAt(start),
    portalId: null,
    region: 'eu',
    name: 'key-auth-large',
    kind: 'key-auth',
    dynamicRegistration: false,
    config: {},
  };
  const portalId = idAt(start);
  const portal: Row<'portal'> = {
    ...common,
    id: portalId,
    portalId,
    region: 'eu',
    name: 'large',
    displayName: 'A large portal',
    description: '',
    isPublic: false,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: strategy.id,
    theme: {},
  };
  const products: Row<'product'>[] = [];
  const versions: Row<'version'>[] = [];
  const publications: Row<'publication'>[] = [];
  for (let number = 0; number < versionCount; number++) {
    const product = { ...common, id: idAt(start), portalId: null, region: 'eu', description: '' };
    products.push({ ...product, name: `API ${number}`, slug: `api-${number}` });
    const version = { ...common, id: idAt(start), portalId: null, productId: product.id };
    versions.push({ ...version, name: 'v1', lifecycle: 'active' });
    publications.push({
      ...undecided,
      createdAt: common.createdAt,
      id: idAt(start),
      portalId,
      versionId: version.id,
      strategyId: strategy.id,
      visibility: 'private',
      registrationOpen: true,
      autoApprove: false,
      live: true,
    });
  }

  /** Most were approved long ago; some wait, some were turned down. */
  const decision = (time: number) => {
    const lot = draw();
    if (lot < 0.06) return { state: 'pending' as const, ...undecided };
    const decided = { revision: 2, contentRevision: 1, decidedRevision: 2, decidedBy: `admin:${admin}` };
    const decidedAt = iso(time + Math.floor(draw() * 3 * 86_400_000));
    if (lot < 0.1) {
      return {
        state: 'rejected' as const,
        ...decided,
        decidedAt,
        decidedAction: 'reject' as const,
        reason: pick(reasons),
      };
    }
    return {
      state: 'approved' as const,
      ...decided,
      decidedAt,
      decidedAction: 'approve' as const,
      reason: null,
    };
  };

  function dossier(number: number, time: number, wanted: number): Dossier {
    const first = pick(given);
    const last = pick(family);
    const developer: Row<'developer'> = {
      ...decision(time),
      id: idAt(time),
      portalId,
      email: `${first}.${last}.${number}@${pick(companies)}`.toLowerCase(),
      name: `${first} ${last}`,
      verifiedAt: iso(time),
      createdAt: iso(time),
    };
    const applications: Row<'application'>[] = [];
    const registrations: Row<'registration'>[] = [];
    const credentials: Row<'credential'>[] = [];
    for (let app = 0; app < applicationsEach && registrations.length < wanted; app++) {
      const made = time + Math.floor(draw() * 86_400_000);
      const application: Row<'application'> = {
        ...decision(made),
        id: idAt(made),
        portalId,
        developerId: developer.id,
        strategyId: strategy.id,
        name: `${pick(things)} ${number}`,
        description: `${pick(things)} of ${last} for ${pick(companies)}`,
        referenceId: `app-${number}-${app}`,
        redirectUri: null,
        createdAt: iso(made),
      };
      applications.push(application);
      const mine = { portalId, applicationId: application.id };
      credentials.push({
        ...mine,
        id: idAt(made),
        name: 'key',
        last4: 'k3Yz',
        state: 'active',
        notAfter: null,
        revision: 1,
        createdAt: iso(made),
      });
      const offset = Math.floor(draw() * versionCount);
      for (let place = 0; place < perApplication && registrations.length < wanted; place++) {
        const publication = publications[(offset + place) % versionCount];
        if (!publication) continue;
        const asked = made + Math.floor(draw() * 3_600_000);
        registrations.push({
          ...mine,
          ...decision(asked),
          id: idAt(asked),
          developerId: developer.id,
          publicationId: publication.id,
          versionId: publication.versionId,
          createdAt: iso(asked),
        });
      }
    }
    return { developer, applications, registrations, credentials };
  }

  return {
    base: { strategy, portal, products, versions, publications },
    *dossiers(registrations) {
      let left = registrations;
      for (let number = 0; left > 0; number++) {
        const done = (registrations - left) / registrations;
        const next = dossier(number, start + Math.floor(done * span), left);
        left -= next.registrations.length;
        yield next;
      }
    },
  };
}
