/** Random changes of a small portal: all that brings rows into a product's reach, and all that takes them out again. */
import type { Row } from '../../domain/entities.ts';
import { undecided } from '../../domain/undecided.ts';
import type { Change } from '../../sync-server/changelog/commit.ts';
import type { Random } from '../../sync-server/demo/random.ts';
import type { Tables } from './model.ts';

const system = { actor: 'system' };
const region = 'eu';
const createdAt = '2026-01-02T03:04:05.678Z';

export function uuidOf(random: Random): string {
  const hex = random.bytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** One of them, or null where there is none. */
function oneOf<T>(random: Random, from: readonly T[]): T | null {
  return from[random.below(from.length)] ?? null;
}

const raised = <R extends { readonly revision: number }>(row: R): R => ({
  ...row,
  revision: row.revision + 1,
});

type Step = (change: Change, tables: Tables, random: Random) => Promise<void>;

const portal: Step = async (change, _tables, random) => {
  const id = uuidOf(random);
  const row: Row<'portal'> = {
    id,
    portalId: id,
    region,
    name: id,
    displayName: 'Portal',
    description: '',
    isPublic: true,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: null,
    theme: {},
    revision: 1,
    createdAt,
  };
  await change.put('portal', [row], system);
};

const shared = (random: Random) => ({
  id: uuidOf(random),
  portalId: null,
  region,
  name: uuidOf(random),
  revision: 1,
  createdAt,
});

const product: Step = async (change, _tables, random) => {
  const row = shared(random);
  await change.put('product', [{ ...row, slug: row.name, description: '' }], system);
};

const version: Step = async (change, tables, random) => {
  const { region: _region, ...row } = shared(random);
  const of = oneOf(random, tables.product);
  if (of) await change.put('version', [{ ...row, productId: of.id, lifecycle: 'active' }], system);
};

const strategy: Step = async (change, _tables, random) =>
  change.put(
    'strategy',
    [{ ...shared(random), kind: 'key-auth', dynamicRegistration: false, config: {} }],
    system,
  );

const gateway: Step = async (change, _tables, random) => change.put('gateway', [shared(random)], system);

const service: Step = async (change, tables, random) => {
  const { region: _region, ...row } = shared(random);
  const of = oneOf(random, tables.gateway);
  if (!of) return;
  const more = { path: `/${row.name}`, upstream: null, open: false, maxStaleness: null };
  await change.put('service', [{ ...row, ...more, gatewayId: of.id }], system);
};

const link: Step = async (change, tables, random) => {
  const { region: _region, name: _name, ...row } = shared(random);
  const [from, to] = [oneOf(random, tables.version), oneOf(random, tables.service)];
  if (!from || !to) return;
  if (tables.link.some(({ versionId, serviceId }) => versionId === from.id && serviceId === to.id)) return;
  await change.put('link', [{ ...row, versionId: from.id, serviceId: to.id }], system);
};

const publication: Step = async (change, tables, random) => {
  const [where, what] = [oneOf(random, tables.portal), oneOf(random, tables.version)];
  if (!where || !what) return;
  if (tables.publication.some((row) => row.portalId === where.id && row.versionId === what.id)) return;
  const row: Row<'publication'> = {
    ...undecided,
    id: uuidOf(random),
    portalId: where.id,
    versionId: what.id,
    strategyId: oneOf(random, tables.strategy)?.id ?? null,
    visibility: 'public',
    registrationOpen: true,
    autoApprove: false,
    live: true,
    createdAt,
  };
  await change.put('publication', [row], system);
};

const developer: Step = async (change, tables, random) => {
  const where = oneOf(random, tables.portal);
  if (!where) return;
  const id = uuidOf(random);
  const person: Row<'developer'> = {
    ...undecided,
    id,
    portalId: where.id,
    email: `${id}@example.com`,
    name: 'Ada',
    state: 'approved',
    verifiedAt: createdAt,
    createdAt,
  };
  await change.put('developer', [person], system);
};

const application: Step = async (change, tables, random) => {
  const who = oneOf(random, tables.developer);
  if (!who) return;
  const id = uuidOf(random);
  const row: Row<'application'> = {
    ...undecided,
    id,
    portalId: who.portalId,
    developerId: who.id,
    strategyId: null,
    name: 'App',
    description: '',
    referenceId: id,
    redirectUri: null,
    state: 'approved',
    createdAt,
  };
  await change.put('application', [row], system);
  const key = { id: uuidOf(random), portalId: who.portalId, applicationId: id, name: 'key', last4: 'abcd' };
  await change.put(
    'credential',
    [{ ...key, state: 'active', notAfter: null, revision: 1, createdAt }],
    system,
  );
};

const registration: Step = async (change, tables, random) => {
  const [app, what] = [oneOf(random, tables.application), oneOf(random, tables.publication)];
  if (!app || !what) return;
  if (tables.registration.some((row) => row.applicationId === app.id && row.versionId === what.versionId))
    return;
  const row: Row<'registration'> = {
    ...undecided,
    id: uuidOf(random),
    portalId: app.portalId,
    developerId: app.developerId,
    applicationId: app.id,
    publicationId: what.id,
    versionId: what.versionId,
    state: 'pending',
    createdAt,
  };
  await change.put('registration', [row], system);
};

const touch: Step = async (change, tables, random) => {
  const [who, app, ask, api] = [
    oneOf(random, tables.developer),
    oneOf(random, tables.application),
    oneOf(random, tables.registration),
    oneOf(random, tables.publication),
  ];
  if (who) await change.put('developer', [raised(who)], system);
  if (app) await change.put('application', [raised(app)], system);
  if (ask) {
    await change.put('registration', [raised(ask)], system);
    await change.put('registration', [raised(raised(ask))], system);
  }
  const how = oneOf(random, tables.strategy)?.id ?? null;
  if (api) await change.put('publication', [{ ...raised(api), strategyId: how }], system);
};

const withdraw: Step = async (change, tables, random) => {
  const row = oneOf(random, tables.registration);
  if (row) await change.drop('registration', [row], system);
};

const forget: Step = async (change, tables, random) => {
  const app = oneOf(random, tables.application);
  if (!app) return;
  const of = ({ applicationId }: { readonly applicationId: string }): boolean => applicationId === app.id;
  await change.drop('credential', tables.credential.filter(of), system);
  await change.drop('registration', tables.registration.filter(of), system);
  await change.drop('application', [app], system);
  const person = tables.developer.find(({ id }) => id === app.developerId);
  const others = tables.application.some(
    ({ id, developerId }) => id !== app.id && developerId === person?.id,
  );
  if (person && !others) await change.drop('developer', [person], system);
};

const unlink: Step = async (change, tables, random) => {
  const row = oneOf(random, tables.link);
  if (row) await change.drop('link', [row], system);
};

const move: Step = async (change, tables, random) => {
  const [what, where] = [oneOf(random, tables.service), oneOf(random, tables.gateway)];
  if (what && where) await change.put('service', [{ ...raised(what), gatewayId: where.id }], system);
};

const unpublish: Step = async (change, tables, random) => {
  const row = oneOf(random, tables.publication);
  if (row) await change.drop('publication', [row], system);
};

const versionMoves: Step = async (change, tables, random) => {
  const [what, to] = [oneOf(random, tables.version), oneOf(random, tables.product)];
  if (!what || !to) return;
  if (random.share() < 0.3) await change.drop('version', [what], system);
  else await change.put('version', [{ ...raised(what), productId: to.id }], system);
};

const steps: readonly [readonly [Step, number], ...(readonly [Step, number])[]] = [
  [registration, 0.3],
  [application, 0.1],
  [developer, 0.08],
  [touch, 0.14],
  [withdraw, 0.08],
  [forget, 0.06],
  [publication, 0.06],
  [link, 0.04],
  [unlink, 0.03],
  [version, 0.02],
  [product, 0.01],
  [service, 0.01],
  [gateway, 0.01],
  [strategy, 0.01],
  [move, 0.02],
  [unpublish, 0.01],
  [versionMoves, 0.01],
  [portal, 0.01],
];

/** A portal to begin with. */
export const beginning: readonly Step[] = [
  portal,
  portal,
  ...Array.from({ length: 4 }, () => product),
  ...Array.from({ length: 8 }, () => version),
  strategy,
  strategy,
  gateway,
  gateway,
  ...Array.from({ length: 4 }, () => service),
  ...Array.from({ length: 6 }, () => link),
  ...Array.from({ length: 10 }, () => publication),
  ...Array.from({ length: 6 }, () => developer),
  ...Array.from({ length: 8 }, () => application),
  ...Array.from({ length: 12 }, () => registration),
];

export function randomStep(random: Random): Step {
  return random.weighted(steps);
}
