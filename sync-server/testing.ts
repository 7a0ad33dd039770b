/** A whole server without a socket, with two portals in it, for tests of what developers see. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { EntityKind, Row } from '../domain/entities.ts';
import { applicationV2Schema, type ApplicationV2 } from '../domain/wire/portal-v2.ts';
import { undecided } from '../domain/undecided.ts';
import { buildApp, type AppDeps } from './app.ts';
import { createWake } from './changelog/wake.ts';
import { parseSettings, settle, type Flags } from './config/config.ts';
import { isoTime, newId } from './config/deps.ts';
import { createLog } from './config/log.ts';
import { createDb, createPool } from './db/connect.ts';
import { createOutgrown } from './db/outgrown.ts';
import { createTestDatabase } from './db/testing.ts';
import { goodPassword, openBrowser, register, type Browser } from './developers/testing.ts';
import { createDeps } from './parts.ts';
import { newKey } from './secrets/key-files.ts';
import { sealerOf } from './secrets/seal.ts';
import { loadServerKey } from './signing/key.ts';

export interface TestServer {
  readonly app: FastifyInstance;
  readonly deps: AppDeps;
  readonly dataDir: string;
  readonly advance: (milliseconds: number) => void;
  close(): Promise<void>;
}

export async function startTestServer(flags: Flags = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-portal-'));
  const pool = createPool(database.connection);
  const outgrown = createOutgrown();
  const db = createDb(pool, outgrown);
  // Never the same twice, so that ids and times tell what came first.
  let time = Date.now();
  const clock = (): number => (time += 1);
  const config = settle(parseSettings({ dataDir, ...flags }, {}), 8080);
  const sealer = sealerOf(newKey());
  const ground = { db, pool, outgrown, wake: createWake(), log: createLog('silent'), config, sealer, clock };
  const key = await loadServerKey(db, sealer, isoTime(clock()));
  const deps: AppDeps = { ...createDeps(ground), key };
  const app = await buildApp(deps);
  return {
    app,
    deps,
    dataDir,
    advance: (milliseconds) => void (time += milliseconds),
    async close() {
      await app.close();
      await db.destroy();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Catalog {
  readonly portal: Row<'portal'>;
  readonly staging: Row<'portal'>;
  readonly keyAuth: Row<'strategy'>;
  readonly oidc: Row<'strategy'>;
  readonly product: Row<'product'>;
  /** Public, key-auth, registration open. */
  readonly v1: Row<'version'>;
  /** Private, OpenID Connect, registration open. */
  readonly v2: Row<'version'>;
  /** Public, key-auth, registration closed. */
  readonly v3: Row<'version'>;
}

const system = { actor: 'system' } as const;

/** `demo` (the default portal) publishes all three versions, `staging` only v1. v1 is linked to a service at `/mock`. */
export async function fillCatalog({ commit, clock }: AppDeps): Promise<Catalog> {
  const made = (): { id: string; revision: number; createdAt: string } => ({
    id: newId(clock),
    revision: 1,
    createdAt: isoTime(clock()),
  });
  const shared = { portalId: null, region: 'eu' } as const;
  const strategy = (name: string, kind: Row<'strategy'>['kind']): Row<'strategy'> => ({
    ...made(),
    ...shared,
    name,
    kind,
    dynamicRegistration: false,
    config: {},
  });
  const keyAuth = strategy('key-auth', 'key-auth');
  const oidc = strategy('okta-oidc', 'openid-connect');
  const portal = (name: string, createdAt: string): Row<'portal'> => {
    const base = made();
    return {
      ...base,
      portalId: base.id,
      region: 'eu',
      name,
      displayName: `The ${name} portal`,
      description: '',
      isPublic: false,
      autoApproveDevelopers: false,
      autoApproveApplications: false,
      defaultStrategyId: null,
      theme: { accent: '#2f6f5e', welcome: 'Welcome!' },
      createdAt,
    };
  };
  const demo = portal('demo', isoTime(clock() - 1_000));
  const staging = portal('staging', isoTime(clock()));
  const product: Row<'product'> = {
    ...made(),
    ...shared,
    name: 'Weather API',
    slug: 'weather',
    description: 'Rain & 100% sun',
  };
  const hidden: Row<'product'> = { ...made(), ...shared, name: 'Unpublished', slug: 'none', description: '' };
  const version = (name: string, age: number): Row<'version'> => ({
    ...made(),
    portalId: null,
    productId: product.id,
    name,
    lifecycle: 'active',
    createdAt: isoTime(clock() - age),
  });
  const [v1, v2, v3] = [version('v1', 3_000), version('v2', 2_000), version('v3', 1_000)];
  const publication = (
    where: Row<'portal'>,
    what: Row<'version'>,
    how: Row<'strategy'>,
    more: Partial<Row<'publication'>>,
  ): Row<'publication'> => ({
    ...made(),
    ...undecided,
    portalId: where.id,
    versionId: what.id,
    strategyId: how.id,
    visibility: 'public',
    registrationOpen: true,
    autoApprove: false,
    live: true,
    ...more,
  });
  const gateway: Row<'gateway'> = { ...made(), ...shared, name: 'edge' };
  const service: Row<'service'> = {
    ...made(),
    portalId: null,
    gatewayId: gateway.id,
    name: 'mock',
    path: '/mock',
    upstream: null,
    open: false,
    maxStaleness: null,
  };
  await commit(async (change) => {
    await change.put('strategy', [keyAuth, oidc], system);
    await change.put('portal', [demo, staging], system);
    await change.put('product', [product, hidden], system);
    await change.put('version', [v1, v2, v3], system);
    await change.put(
      'publication',
      [
        publication(demo, v1, keyAuth, {}),
        publication(demo, v2, oidc, { visibility: 'private' }),
        publication(demo, v3, keyAuth, { registrationOpen: false }),
        publication(staging, v1, keyAuth, {}),
      ],
      system,
    );
    await change.put('gateway', [gateway], system);
    await change.put('service', [service], system);
    await change.put(
      'link',
      [{ ...made(), portalId: null, versionId: v1.id, serviceId: service.id }],
      system,
    );
  });
  return { portal: demo, staging, keyAuth, oidc, product, v1, v2, v3 };
}

const tables = {
  developer: 'developers',
  application: 'applications',
  registration: 'registrations',
} as const;

/** Changes a row as an admin's decision does. */
export async function decide(
  { deps }: TestServer,
  kind: keyof typeof tables,
  id: string,
  state: string,
): Promise<void> {
  await deps.commit(async (change) => {
    const found = sql<Row<typeof kind>>`select * from ${sql.table(tables[kind])} where id = ${id}`;
    const [row] = (await found.execute(change.db)).rows;
    if (!row) throw new Error(`no ${kind} ${id}`);
    const revision = row.revision + 1;
    const next = {
      ...row,
      state,
      revision,
      decidedRevision: revision,
      decidedBy: 'admin:1',
      decidedAt: change.now,
      reason: 'because',
    };
    await change.put<EntityKind>(kind, [next as Row<EntityKind>], { actor: 'admin:1' });
  });
}

let people = 0;

/** A new developer of the portal at `prefix`, approved and signed in. */
export async function signedInDeveloper(server: TestServer, prefix = ''): Promise<Browser> {
  people += 1;
  const email = `ada${people}@example.com`;
  const browser = openBrowser(server.app, prefix);
  await decide(server, 'developer', await register(browser, server.deps, email), 'approved');
  await browser.call('POST', '/api/v2/developer/authenticate', { username: email, password: goodPassword });
  return browser;
}

export async function newApplication(browser: Browser, more: object = {}): Promise<ApplicationV2> {
  const { body } = await browser.call('POST', '/api/v2/applications', { name: 'Nimbus', ...more });
  return applicationV2Schema.parse(body);
}

export function applicationRow({ deps }: TestServer, id: string): Promise<Row<'application'> | undefined> {
  return deps.db.selectFrom('applications').selectAll().where('id', '=', id).executeTakeFirst();
}

export function registrationRow({ deps }: TestServer, id: string): Promise<Row<'registration'> | undefined> {
  return deps.db.selectFrom('registrations').selectAll().where('id', '=', id).executeTakeFirst();
}
