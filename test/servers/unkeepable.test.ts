/**
 * Texts and times that PostgreSQL does not take, at every route of the server: in the address, in the query, in the body.
 * Whoever sends them is told that they are wrong, and nothing breaks.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRole, lines } from '../rights/routes.ts';
import { openWorld, type World } from '../rights/world.ts';
import { bent, bodiesOf, neededQueries, neverKept, queryNames, taken } from './unkeepable.ts';

const nul = '\u0000';
const halves = ['\ud800', '\udc00'];
/** As addresses have them: half a pair is no UTF-8 at all. */
const inAddresses = ['%00', 'a%00b', '%ED%A0%80', '%', '%FF'];
const inQueries = [
  ...['%00', 'a%00b', '%ED%A0%80', '99999999999999999999', '9007199254740991', '-1', '9007199254740991:1'],
  ...['0000-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
];

let world: World;
/** Of an answer that ends in the middle. */
const cutOff = 599;
/** Of a request that may be counted against its address. */
let asked = 0;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Addresses that are there: a wrong value must not pass for one that was only never reached. */
async function parameters(): Promise<Readonly<Record<string, string>>> {
  const { own } = world.shop;
  const made = await world.app.inject({
    method: 'POST',
    url: '/api/admin/v1/webhooks',
    headers: { ...world.headers.owner },
    payload: { url: 'https://a.example/hook', events: ['*'] },
  });
  return {
    id: made.json<{ id: string }>().id,
    number: '0',
    indices: 'product-catalog',
    productId: own.product.id,
    productVersionId: own.version.id,
    applicationId: own.application.id,
    registrationId: own.registration.id,
    credentialId: own.credential.id,
  };
}

/** The caller who gets furthest. */
async function headersFor(route: string): Promise<Readonly<Record<string, string>>> {
  const line = lines[route];
  if (!line) throw new Error(`${route} is not in the table of rights`);
  const caller = isRole(line.who) ? 'owner' : line.who === 'gateway' ? 'gateway' : 'developer';
  return line.spends ? world.freshHeaders(caller) : world.headers[caller];
}

async function ask(route: string, url: string, payload?: object): Promise<{ status: number; text: string }> {
  const [word] = route.split(' ');
  const method = methods.find((one) => one === word) ?? 'GET';
  asked += 1;
  const form = url.startsWith('/admin/');
  const answer = await world.app
    .inject({
      method,
      url,
      remoteAddress: `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`,
      headers: {
        ...(await headersFor(route)),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(payload === undefined
        ? {}
        : { payload: form ? new URLSearchParams({ ...payload }).toString() : payload }),
    })
    .catch(() => null);
  return answer ? { status: answer.statusCode, text: answer.payload } : { status: cutOff, text: '' };
}

const tried = (): readonly string[] =>
  world.routes.filter((route) => !['GET /api/admin/v1/sync', 'OPTIONS *'].includes(route));

const filled = (route: string, given: Readonly<Record<string, string>>): string =>
  (route.split(' ')[1] ?? '')
    .replace(/:(\w+)/g, (_, name: string) => given[name] ?? crypto.randomUUID())
    .replace('*', given['*'] ?? 'nowhere');

test('a part of an address that cannot be kept is nowhere to be found', async () => {
  const wrong: string[] = [];
  const given = await parameters();
  for (const route of tried()) {
    const names = [...(route.split(' ')[1] ?? '').matchAll(/:(\w+)|\*/g)].map(([all, name]) => name ?? all);
    for (const name of names) {
      for (const value of inAddresses) {
        const { status } = await ask(route, filled(route, { ...given, [name]: value }), {});
        if (status >= 500) wrong.push(`${route}: ${value} for ${name} is answered ${status}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('a query that cannot be kept is refused, or means nothing', { timeout: 120_000 }, async () => {
  const wrong: string[] = [];
  const given = await parameters();
  for (const route of tried().filter((one) => one.startsWith('GET '))) {
    const path = filled(route, given);
    const withNeeded = (name: string, value: string): string => {
      const query = new URLSearchParams(neededQueries[route] ?? {});
      query.delete(name);
      return `${path}?${query.toString()}&${name}=${value}`;
    };
    // A route that takes what it has never heard of reads little of it, or nothing: once with all of it will do.
    const strict = (await ask(route, withNeeded('unheard-of', 'x'))).status === 400;
    if (!strict && !neededQueries[route]) {
      const { status } = await ask(route, `${path}?${queryNames.map((name) => `${name}=%00`).join('&')}`);
      if (status >= 500) wrong.push(`${route}: a query of nothing but NUL is answered ${status}`);
      continue;
    }
    for (const name of queryNames) {
      for (const value of inQueries) {
        const { status, text } = await ask(route, withNeeded(name, value));
        if (status >= 500) wrong.push(`${route}: ${value} for ${name} is answered ${status}`);
        // A name that this route does not know is refused whatever it says.
        if (text.includes('Unrecognized')) break;
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('a body with a text that cannot be kept is refused, whichever text it is', async () => {
  const wrong: string[] = [];
  const given = await parameters();
  const bodies = bodiesOf(world);
  const taking = tried().filter((route) => /^(POST|PUT|PATCH) /.test(route));
  expect(taking.filter((route) => !bodies[route])).toEqual([]);
  for (const route of taking) {
    for (const value of [nul, ...halves]) {
      for (const [place, body] of bent(bodies[route] ?? {}, value)) {
        const { status, text } = await ask(route, filled(route, given), body);
        const at = `${route}: ${JSON.stringify(value)} in ${place} is answered ${status}`;
        const decided = text.includes('"kind":"refused"');
        const kept = status < 300 && !neverKept.has(place) && !decided;
        if (status >= 500 || status === 429 || kept) wrong.push(at);
      }
    }
    const { status } = await ask(route, filled(route, given), bodies[route]);
    if (taken.has(route) && status >= 300)
      wrong.push(`${route}: its body as it should be is answered ${status}`);
  }
  expect(wrong).toEqual([]);
});
