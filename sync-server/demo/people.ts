/** Draws developers with their applications and registrations. Pure: seed and number in, rows out. */
import type { Row } from '../../domain/entities.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { undecided } from '../../domain/undecided.ts';
import { randomOf, type Random } from './random.ts';
import type { Target } from './targets.ts';
import * as words from './words.ts';

export interface Drawn {
  readonly developer: Row<'developer'>;
  readonly applications: readonly Row<'application'>[];
  readonly registrations: readonly Row<'registration'>[];
  readonly credentials: readonly Row<'credential'>[];
}

export interface Scene {
  readonly seed: string;
  readonly targets: readonly [Target, ...Target[]];
  /** Admins who decided. */
  readonly admins: readonly [string, ...string[]];
  /** The latest moment, in milliseconds. */
  readonly now: number;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** How far back it goes. */
const days = 60;
/** Ids begin here and do not depend on today, so that a second run finds its own rows. */
const firstId = Date.UTC(2026, 0, 1);

type State = 'pending' | 'approved' | 'rejected' | 'revoked' | 'withdrawn';

/** One developer: most have an application or two, each with a request or two. */
export function draw(scene: Scene, number: number): Drawn {
  const random = randomOf(scene.seed, number);
  const newId = idsOf(random, number);
  const target = drawTarget(scene, random);
  // Newer ones are likelier: a queue is mostly of the last days.
  const since = scene.now - Math.floor(random.share() ** 2 * days * day) - 5 * minute;
  const state = random.weighted<State>([
    ['approved', 0.84],
    ['pending', 0.1],
    ['rejected', 0.04],
    ['revoked', 0.02],
  ]);
  const times = timesFrom(random, since, scene.now);
  const developer = decide(
    scene,
    random,
    drawDeveloper(random, newId(), number, target, times.at),
    state,
    times,
  );
  if (state === 'pending' || state === 'rejected') {
    return { developer, applications: [], registrations: [], credentials: [] };
  }
  const drawn = Array.from(
    {
      length: random.weighted([
        [1, 0.7],
        [2, 0.24],
        [3, 0.06],
      ]),
    },
    (_, place) =>
      drawApplication(scene, random, { newId, developer, target, number, place, since: times.decided }),
  );
  return {
    developer,
    applications: drawn.map(({ application }) => application),
    registrations: drawn.flatMap(({ registrations }) => registrations),
    credentials: drawn.flatMap(({ credentials }) => credentials),
  };
}

function idsOf(random: Random, number: number): () => string {
  return () => uuidv7(firstId + number, random.bytes(10));
}

/** Mostly the portal that the server shows first. */
function drawTarget({ targets }: Scene, random: Random): Target {
  const [first, ...others] = targets;
  const main = targets.filter(({ portal }) => portal === 'demo');
  const rest = targets.filter(({ portal }) => portal !== 'demo');
  const [mainFirst, ...mainOthers] = main;
  const [restFirst, ...restOthers] = rest;
  if (mainFirst && (!restFirst || random.share() < 0.8)) return random.pick([mainFirst, ...mainOthers]);
  return restFirst ? random.pick([restFirst, ...restOthers]) : random.pick([first, ...others]);
}

interface Times {
  readonly at: number;
  readonly decided: number;
}

function timesFrom(random: Random, since: number, now: number): Times {
  const at = Math.min(since, now - 2 * minute);
  return { at, decided: Math.min(at + Math.floor(random.share() ** 2 * 2 * day) + minute, now - minute) };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Letters as they are in addresses. */
function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replace(/[^a-z]/gi, '')
    .toLowerCase();
}

function drawDeveloper(
  random: Random,
  id: string,
  number: number,
  { portalId }: Target,
  at: number,
): Row<'developer'> {
  const given = random.pick(words.givenNames);
  const family = random.pick(words.familyNames);
  const company = random.pick(words.companies);
  // The number keeps addresses apart, also those of two seeds' runs.
  const local = `${plain(given)}.${plain(family)}${number}${id.slice(-2)}`;
  return {
    ...undecided,
    id,
    portalId,
    email: `${local}@${company}.${random.pick(words.domains)}`,
    name: `${given} ${family}`,
    state: 'pending',
    // Signed up, then confirmed the address.
    revision: 2,
    contentRevision: 2,
    verifiedAt: iso(at),
    createdAt: iso(at),
  };
}

interface Decidable {
  readonly revision: number;
  readonly state: string;
}

/** The row once an admin has decided it as `state` says; pending and withdrawn ones nobody decided. */
function decide<R extends Decidable, S extends State>(
  { admins }: Scene,
  random: Random,
  row: R,
  state: S,
  { decided }: Times,
) {
  if (state === 'pending' || state === 'withdrawn') {
    return { ...row, state, revision: row.revision + (state === 'withdrawn' ? 1 : 0) };
  }
  const revision = row.revision + (state === 'revoked' ? 2 : 1);
  const reason =
    state === 'rejected'
      ? random.pick(words.rejectionReasons)
      : state === 'revoked'
        ? random.pick(words.revocationReasons)
        : null;
  const decidedAction = state === 'rejected' ? 'reject' : state === 'revoked' ? 'revoke' : 'approve';
  return {
    ...row,
    state,
    revision,
    decidedRevision: revision,
    decidedBy: `admin:${random.pick(admins)}`,
    decidedAt: iso(decided),
    decidedAction,
    reason,
  } as const;
}

interface Setting {
  readonly newId: () => string;
  readonly developer: Row<'developer'>;
  readonly target: Target;
  readonly number: number;
  readonly place: number;
  readonly since: number;
}

function drawApplication(scene: Scene, random: Random, setting: Setting) {
  const { newId, developer, target, number, place, since } = setting;
  const { portalId, strategyId, offers } = target;
  const times = timesFrom(random, since + Math.floor(random.share() * 3 * day), scene.now);
  const name = `${random.pick(words.subjects)} ${random.pick(words.things)}`;
  const state = random.weighted<'approved' | 'pending'>([
    ['approved', 0.9],
    ['pending', 0.1],
  ]);
  const id = newId();
  const requested: Row<'application'> = {
    ...undecided,
    id,
    portalId,
    developerId: developer.id,
    strategyId,
    name,
    description: random.pick(words.purposes),
    referenceId: `${plain(name)}-${number}-${place + 1}-${id.slice(-4)}`,
    redirectUri: null,
    state: 'pending',
    createdAt: iso(times.at),
  };
  const application = decide(scene, random, requested, state, times);
  const first = random.pick([offers[0], ...offers.slice(1)]);
  const others = offers.filter((offer) => offer !== first && random.share() < 0.35);
  const registrations = [first, ...others].map(({ publicationId, versionId }) => {
    const wished = random.weighted<State>([
      ['pending', 0.58],
      ['approved', 0.28],
      ['rejected', 0.08],
      ['revoked', 0.03],
      ['withdrawn', 0.03],
    ]);
    const next = timesFrom(random, times.at + minute, scene.now);
    const row: Row<'registration'> = {
      ...undecided,
      id: newId(),
      portalId,
      developerId: developer.id,
      applicationId: id,
      publicationId,
      versionId,
      state: 'pending',
      createdAt: iso(next.at),
    };
    return decide(scene, random, row, state === 'pending' ? 'pending' : wished, next);
  });
  const connected = registrations.some(({ state }) => state === 'approved');
  const credential: Row<'credential'> = {
    id: newId(),
    portalId,
    applicationId: id,
    name: random.pick(['Production', 'Laptop', 'Build server', 'First key']),
    last4: random.bytes(2).toString('hex'),
    state: 'active',
    notAfter: null,
    revision: 1,
    createdAt: iso(times.decided),
  };
  return { application, registrations, credentials: connected ? [credential] : [] };
}
