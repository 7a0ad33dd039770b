/** Portals in memory in the conditions that the pages have to cope with, by name. */
import { createFakeServer, type FakeServer } from './server.ts';
import { createWorld, nextId, stamp, type Application, type World } from './world.ts';

const day = 86_400_000;

function connection(
  world: World,
  offer: number,
  version: number,
  more: Partial<Application['connections'][number]>,
) {
  const { product, versions } = world.offers[offer] ?? raise();
  const chosen = versions[version] ?? raise();
  return {
    id: nextId(),
    productId: product.id,
    productName: product.name,
    versionId: chosen.id,
    versionName: chosen.name,
    state: 'approved' as const,
    reason: null,
    createdAt: stamp(world.now - 3 * day),
    decidedAt: stamp(world.now - 2 * day),
    blockedBy: null,
    paths: chosen.paths,
    ...more,
  };
}

function raise(): never {
  throw new Error('There is no such product in this portal.');
}

function application(world: World, more: Partial<Application>): Application {
  return {
    id: nextId(),
    name: 'Nimbus Freight',
    description: 'Routes trucks around storms, and tells drivers why.',
    referenceId: 'nimbus-freight',
    redirectUri: null,
    state: 'approved',
    reason: null,
    createdAt: stamp(world.now - 20 * day),
    strategy: world.strategies[0] ?? null,
    connections: [],
    credentials: [],
    gatewayAddress: 'http://localhost:8000',
    ...more,
  };
}

function key(
  world: World,
  name: string,
  last4: string,
  more: Partial<Application['credentials'][number]> = {},
) {
  return {
    id: nextId(),
    name,
    last4,
    state: 'active' as const,
    notAfter: null,
    createdAt: stamp(world.now - 2 * day),
    ...more,
  };
}

/** A developer with work under way: one application that calls, one that waits, one that was turned down. */
export function fillWorld(world: World): void {
  world.applications.push(
    application(world, {
      connections: [
        connection(world, 0, 1, {}),
        connection(world, 2, 0, { state: 'pending', decidedAt: null, blockedBy: 'registration' }),
        connection(world, 0, 0, {
          state: 'rejected',
          reason: 'v1 ends in June. Please use v2, it has everything you need.',
          blockedBy: 'registration',
        }),
      ],
      credentials: [
        key(world, 'production', 'x9Zk'),
        key(world, 'old server', '0aQ2', { state: 'rotating', notAfter: stamp(world.now + 5 * day) }),
      ],
    }),
    application(world, {
      name: 'Driver app',
      description: '',
      referenceId: 'driver-app',
      state: 'pending',
      createdAt: stamp(world.now - day),
    }),
    application(world, {
      name: 'Scraper',
      description: 'Copies all forecasts every minute.',
      referenceId: 'scraper',
      state: 'rejected',
      reason: 'Use the bulk export instead.',
    }),
    application(world, {
      name: 'Route planner',
      description: 'Plans with Maps, signs drivers in with Okta.',
      referenceId: 'route-planner',
      redirectUri: 'https://planner.example.com/callback',
      strategy: world.strategies[1] ?? null,
      connections: [connection(world, 1, 0, {})],
    }),
  );
}

/** `out`, `empty`, `full`, `auto`, `failing`, `offline`; `?scene=` of the page for development. */
export function createScene(name: string, prefix = '', now?: number): FakeServer {
  const world = createWorld(name === 'auto' ? { theme: { accent: '#e0a100', welcome: null } } : {});
  world.now = now ?? world.now;
  const server = createFakeServer(world, prefix);
  if (name === 'full' || name === 'failing') fillWorld(world);
  if (name === 'auto') {
    world.autoApprove.developers = true;
    world.autoApprove.applications = true;
  }
  if (name !== 'out') {
    server.session.account = world.accounts[0] ?? null;
    server.session.fresh = true;
  }
  if (name === 'failing') server.faults.set(/\/(applications|products|search)/, 'internal');
  if (name === 'offline') server.faults.set(/./, null);
  return server;
}
