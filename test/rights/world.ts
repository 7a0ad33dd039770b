/** Everybody who may come to a server: with which credentials, and what they are refused with. */
import type { Role } from '../../domain/entities.ts';
import { signedInAdmin, type TestAdmin } from '../../sync-server/admins/testing.ts';
import { buildApp } from '../../sync-server/app.ts';
import { sessionCookies } from '../../sync-server/developers/cookies.ts';
import { openSession } from '../../sync-server/developers/sessions.ts';
import { createGatewayToken } from '../../sync-server/gateways/tokens.ts';
import { createMetrics } from '../../sync-server/metrics/metrics.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { openShop, type Shop } from './shop.ts';

export const callers = [
  'nobody',
  'nonsense',
  'gateway',
  'developer',
  'developer-as-bearer',
  'product-owner',
  'viewer',
  'reviewer',
  'owner',
  'revoked-device',
  'expired-session',
] as const;
export type Caller = (typeof callers)[number];

/** Who has a living admin session, and as what. */
export function roleOf(caller: Caller): Role | null {
  switch (caller) {
    case 'product-owner':
    case 'viewer':
    case 'reviewer':
    case 'owner':
      return caller;
    default:
      return null;
  }
}

type Headers = Readonly<Record<string, string>>;

export interface World {
  readonly whole: Whole;
  readonly shop: Shop;
  /** A second app over the same database, for requests without sockets. */
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  /** All routes as `METHOD /path`. */
  readonly routes: readonly string[];
  readonly headers: Readonly<Record<Caller, Headers>>;
  readonly admins: Readonly<Record<Role, TestAdmin>>;
  readonly fresh: (role: Role) => Promise<TestAdmin>;
  /** Credentials of their own, for what uses them up. */
  readonly freshHeaders: (caller: Caller) => Promise<Headers>;
  close(): Promise<void>;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export async function openWorld(): Promise<World> {
  const whole = await startWhole();
  const { deps } = whole.server;
  const { db, clock, commit, config, key } = deps;
  const shop = await openShop(commit);
  const products = [shop.own.product.id];
  const fresh = (role: Role): Promise<TestAdmin> =>
    signedInAdmin(deps, role, role === 'product-owner' ? products : []);

  const admins = {
    'product-owner': await fresh('product-owner'),
    viewer: await fresh('viewer'),
    reviewer: await fresh('reviewer'),
    owner: await fresh('owner'),
  };
  const revoked = await fresh('owner');
  const past = new Date(clock() - 1_000).toISOString();
  await db.updateTable('devices').set({ revokedAt: past }).where('id', '=', revoked.device).execute();
  const expired = await fresh('owner');
  await db
    .updateTable('adminSessions')
    .set({ accessUntil: past })
    .where('deviceId', '=', expired.device)
    .execute();

  const tokens = await openSession(deps, shop.own.developer);
  const signedIn = (given: typeof tokens): Headers => ({
    cookie: sessionCookies(config, '/', given)
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  });
  const gatewayToken = await createGatewayToken(deps, {
    gateway: shop.gateway.id,
    fingerprint: key.fingerprint,
  });

  const routes: string[] = [];
  const app = await buildApp({ ...deps, metrics: createMetrics() }, ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`);
  });
  const headers: World['headers'] = {
    nobody: {},
    nonsense: bearer('nonsense'),
    gateway: bearer(gatewayToken),
    developer: signedIn(tokens),
    'developer-as-bearer': bearer(tokens.access),
    'product-owner': admins['product-owner'].headers,
    viewer: admins.viewer.headers,
    reviewer: admins.reviewer.headers,
    owner: admins.owner.headers,
    'revoked-device': revoked.headers,
    'expired-session': expired.headers,
  };
  return {
    whole,
    shop,
    app,
    routes,
    admins,
    fresh,
    headers,
    freshHeaders: async (caller) => {
      const role = roleOf(caller);
      if (role) return (await fresh(role)).headers;
      return caller === 'developer' ? signedIn(await openSession(deps, shop.own.developer)) : headers[caller];
    },
    close: async () => {
      await app.close();
      await whole.close();
    },
  };
}
