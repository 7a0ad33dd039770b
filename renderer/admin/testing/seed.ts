/** A portal's worth of requests for development and tests: the same for the same numbers, without a server. */
import type { Row } from '../../../domain/entities.ts';
import { uuidv7 } from '../../../domain/ids.ts';
import type { RequestKind, TargetState } from '../../../domain/states.ts';

export interface Seed {
  readonly developers: Row<'developer'>[];
  readonly applications: Row<'application'>[];
  readonly registrations: Row<'registration'>[];
  readonly credentials: Row<'credential'>[];
}

const people = [
  'Mira Holm',
  'Tomas Okafor',
  'Yuki Tan',
  'Lena Fischer',
  'Arjun Rao',
  'Sofia Marin',
  'Noor Haddad',
];
const firms = [
  'Nimbus Freight',
  'Harbor Labs',
  'Kestrel Maps',
  'Bluefin Energy',
  'Polar Routing',
  'Orchid Health',
];
export const products = ['Weather v2', 'Shipments v1', 'Tides v1', 'Billing v3'] as const;
export const portalId = '019c0000-0000-7000-8000-000000000001';
export const strategyId = '019c0000-0000-7000-8000-000000000002';

/** A small generator (mulberry32): plenty for names, and the same everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `size` developers with an application and a registration each, newest first by creation, ending at `now`. */
export function seedPortal(size: number, now: number): Seed {
  const chance = random(7);
  const pick = <T>(list: readonly T[], fallback: T): T =>
    list[Math.floor(chance() * list.length)] ?? fallback;
  const id = (at: number): string =>
    uuidv7(
      at,
      Uint8Array.from({ length: 10 }, () => chance() * 256),
    );
  const seed: Seed = { developers: [], applications: [], registrations: [], credentials: [] };
  for (let index = 0; index < size; index++) {
    const at = now - 120_000 - index * index * 1_300 - index * 240_000;
    const state =
      index < size * 0.7 ? 'pending' : pick(['approved', 'rejected', 'revoked'] as const, 'approved');
    const base = decided(state, at, index);
    const name = `${pick(people, 'Mira Holm')}${index > 40 ? ` ${index}` : ''}`;
    const firm = pick(firms, 'Harbor Labs');
    const domain = `${firm.split(' ')[0]?.toLowerCase() ?? 'example'}.example`;
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@${domain}`;
    const developer = { ...base, id: id(at), portalId, email, name, verifiedAt: iso(at), createdAt: iso(at) };
    const application = {
      ...base,
      id: id(at + 1),
      portalId,
      developerId: developer.id,
      strategyId,
      name: `${firm} ${pick(['Tracker', 'Planner', 'Console', 'Bot'], 'Bot')}`,
      description: 'Routing around storms for our own fleet.',
      referenceId: `app-${index}`,
      redirectUri: null,
      createdAt: iso(at + 30_000),
    };
    seed.developers.push(developer);
    seed.applications.push(application);
    seed.registrations.push({
      ...base,
      id: id(at + 2),
      portalId,
      developerId: developer.id,
      applicationId: application.id,
      publicationId: portalId,
      versionId: versionIds[index % versionIds.length] ?? portalId,
      createdAt: iso(at + 60_000),
    });
    seed.credentials.push({
      id: id(at + 3),
      portalId,
      applicationId: application.id,
      name: 'Production',
      last4: 'Qx7e',
      state: 'active',
      notAfter: index % 3 === 0 ? iso(now + 30 * 86_400_000) : null,
      revision: 1,
      createdAt: iso(at + 90_000),
    });
  }
  return seed;
}

/** One for each of `products`. */
export const versionIds = products.map((_, index) => `019c0000-0000-7000-8000-00000000010${index}`);

export function productOf(versionId: string): string {
  return products[versionIds.indexOf(versionId)] ?? 'Weather v2';
}

/** Where a row of this kind lives in the seed. */
export function rowsOf(
  seed: Seed,
  kind: RequestKind,
): (Row<'developer'> | Row<'application'> | Row<'registration'>)[] {
  return kind === 'developer'
    ? seed.developers
    : kind === 'application'
      ? seed.applications
      : seed.registrations;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function decided<S extends TargetState>(state: S, at: number, index: number) {
  const isOpen = state === 'pending';
  return {
    state,
    revision: isOpen ? 1 : 2,
    contentRevision: 1,
    decidedRevision: isOpen ? 0 : 2,
    decidedBy: isOpen ? null : index % 4 === 0 ? 'rule:auto-approve' : 'Dana Reyes',
    decidedAt: isOpen ? null : iso(at + 3_600_000),
    decidedAction: isOpen
      ? null
      : state === 'rejected'
        ? ('reject' as const)
        : state === 'revoked'
          ? ('revoke' as const)
          : ('approve' as const),
    reason: state === 'rejected' ? 'The company could not be confirmed.' : null,
  };
}
