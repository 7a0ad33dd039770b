/** A server with somebody of every kind in it, and browsers at its pages. */
import { z } from 'zod';
import type { Role, Row } from '../../domain/entities.ts';
import { createAdmin } from '../../sync-server/admins/accounts.ts';
import { openBrowser, type TestBrowser } from '../../sync-server/admins/testing-browser.ts';
import { signedInAdmin, type TestAdmin } from '../../sync-server/admins/testing.ts';
import { buildApp } from '../../sync-server/app.ts';
import { createLog } from '../../sync-server/config/log.ts';
import { sessionCookies } from '../../sync-server/developers/cookies.ts';
import { openSession } from '../../sync-server/developers/sessions.ts';
import { createGatewayToken } from '../../sync-server/gateways/tokens.ts';
import { createMetrics } from '../../sync-server/metrics/metrics.ts';
import { openShop, type Shop } from './shop.ts';
import type { Config } from '../../sync-server/config/config.ts';
import { startWhole, type Whole } from '../support/whole.ts';

export const publicUrl = 'http://localhost:8080';
export const password = 'quiet harbour 7';

type Headers = Readonly<Record<string, string>>;

export interface Answered {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Scene {
  readonly whole: Whole;
  readonly shop: Shop;
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  /** All routes as `METHOD /path`. */
  readonly routes: ReadonlySet<string>;
  readonly owner: TestAdmin;
  readonly developer: Row<'developer'>;
  readonly developerHeaders: Headers;
  readonly gatewayHeaders: Headers;
  readonly fresh: (role: Role) => Promise<TestAdmin>;
  /** Another admin, with a password. */
  readonly addAdmin: () => Promise<{ readonly id: string; readonly email: string }>;
  readonly browser: (from: string) => TestBrowser;
  /** That admin at the account page. */
  readonly atAccount: (from: string, email: string) => Promise<TestBrowser>;
  readonly ask: (
    from: string,
    method: Method,
    url: string,
    headers: Headers,
    payload?: object,
  ) => Promise<Answered>;
  /** What its log said so far, a line each. */
  readonly logged: () => readonly string[];
  /** Moves the clock of the server’s routes on. */
  readonly advance: (milliseconds: number) => void;
  readonly clock: () => number;
  readonly close: () => Promise<void>;
}

export type Settings = Partial<
  Pick<Config, 'requireSecondFactor' | 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret'>
>;

export async function openScene(settings: Settings = {}): Promise<Scene> {
  const whole = await startWhole();
  const { deps } = whole.server;
  const { commit, key } = deps;
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  let ahead = 0;
  const clock = (): number => deps.clock() + ahead;
  // By a name: passkeys are for none that is a number.
  const config = { ...deps.config, publicUrl, ...settings };
  const shop = await openShop(commit);
  const routes = new Set<string>();
  const app = await buildApp({ ...deps, clock, config, log, metrics: createMetrics() }, ({ method, url }) => {
    for (const one of [method].flat()) routes.add(`${one} ${url}`);
  });
  const { developer } = shop.own;
  const cookie = sessionCookies(config, '/', await openSession(deps, developer))
    .map((one) => one.split(';')[0])
    .join('; ');
  const token = await createGatewayToken(deps, { gateway: shop.gateway.id, fingerprint: key.fingerprint });
  const browser = (from: string): TestBrowser => openBrowser(app, from);
  let admins = 0;
  return {
    whole,
    shop,
    app,
    routes,
    owner: await signedInAdmin(deps),
    developer,
    developerHeaders: { cookie },
    gatewayHeaders: { authorization: `Bearer ${token}` },
    fresh: (role) => signedInAdmin(deps, role, role === 'product-owner' ? [shop.own.product.id] : []),
    async addAdmin() {
      admins += 1;
      const email = `erika-${admins}@example.com`;
      const made = { email, name: 'Erika', role: 'owner', password } as const;
      const { id } = await commit((change) => createAdmin(change, clock, made, { actor: 'system' }));
      return { id, email };
    },
    browser,
    async atAccount(from, email) {
      const opened = browser(from);
      await opened.get('/admin/sign-in');
      await opened.submit('/admin/sign-in', { email, password });
      await opened.get('/admin/account');
      return opened;
    },
    async ask(remoteAddress, method, url, headers, payload) {
      const answer = await app.inject({
        method,
        url,
        remoteAddress,
        headers: { ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      const requestId = z.string().parse(answer.headers['x-request-id']);
      return { status: answer.statusCode, requestId, body: answer.body };
    },
    logged: () => lines,
    advance: (milliseconds) => void (ahead += milliseconds),
    clock,
    async close() {
      await app.close();
      await whole.close();
    },
  };
}
