import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../../config/testing.ts';
import { createHttp } from '../../http/server.ts';
import { beginAuthenticator, confirmAuthenticator } from '../factors/authenticator.ts';
import { codeAt, stepAt } from '../factors/totp.ts';
import { adminPages } from '../pages.ts';
import { deactivateAdmin } from '../people.ts';
import { failuresLogged } from '../sign-in/testing.ts';
import { addedAdmin } from '../testing.ts';
import { openBrowser, problemOf, type Answer, type TestBrowser } from '../testing-browser.ts';

let test: TestDeps;
let app: FastifyInstance;
let server: Server;
let dataDir: string;
/** Who sits at the provider. */
let person = { subject: '', email: '', verified: true };
const publicUrl = 'http://localhost:8080';
const desk = {
  response_type: 'code',
  client_id: 'gatehouse-desk',
  redirect_uri: 'http://127.0.0.1:49152/callback',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
};

const fromDesk = `/admin/authorize?${new URLSearchParams(desk).toString()}`;

/** A real provider that knows everybody's password by heart. */
async function startProvider(): Promise<string> {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'gatehouse',
        client_secret: 'a secret of the provider',
        redirect_uris: [`${publicUrl}/admin/sign-in/oidc/callback`],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    ttl: { Interaction: 60, Grant: 60, Session: 60, AccessToken: 60, IdToken: 60 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, email: person.email, email_verified: person.verified }),
    }),
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new context.oidc.provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: person.subject } });
  });
  return issuer;
}

beforeAll(async () => {
  const issuer = await startProvider();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-oidc-'));
  test = await createTestDeps({
    flags: {
      dataDir,
      publicUrl,
      oidcIssuer: issuer,
      oidcClientId: 'gatehouse',
      oidcClientSecret: 'a secret of the provider',
    },
  });
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(adminPages(test.deps));
});

afterAll(async () => {
  await app.close();
  await test.close();
  server.close();
  server.closeAllConnections();
  await rm(dataDir, { recursive: true, force: true });
});

let count = 0;
beforeEach(() => {
  count += 1;
  person = { subject: `subject-${count}`, email: `dana-${count}@example.com`, verified: true };
});

/** From the sign-in page to the provider; answers the address that it comes back to. */
async function goAbroad(browser: TestBrowser, from = fromDesk): Promise<string> {
  const page = await browser.get(from);
  expect(page.body).toContain('Sign in with single sign-on');
  const left = await browser.submit('/admin/sign-in/oidc');
  let address = (/content="0;url=([^"]+)"/.exec(left.body)?.[1] ?? '').replaceAll('&amp;', '&');
  expect(new URL(address).searchParams.get('code_challenge_method')).toBe('S256');
  const cookies = new Map<string, string>();
  while (!address.startsWith(publicUrl)) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (next === null) throw new Error(`the provider answered ${answer.status}: ${await answer.text()}`);
    address = new URL(next, address).href;
  }
  return address.slice(publicUrl.length);
}

async function signIn(browser = openBrowser(app)): Promise<Answer> {
  return browser.get(await goAbroad(browser));
}

it('signs an admin in by a verified address, then by the provider’s own name for them', async () => {
  await addedAdmin(test.deps, person.email);
  const first = await signIn();
  expect([first.status, first.location?.split('?')[0]]).toEqual([303, desk.redirect_uri]);
  expect(first.location).toContain('code=ghc_');

  person = { ...person, email: 'married@example.com', verified: false };
  expect((await signIn()).status).toBe(303);
  const logged = await test.deps.db
    .selectFrom('changeLog')
    .select('action')
    .where('action', '=', 'admin.identity_bound')
    .execute();
  expect(logged).toHaveLength(1);
});

it('lets nobody in who is not meant', async () => {
  const refused = 'does not belong to an admin here';
  expect(problemOf(await signIn()), 'there is no such admin').toContain(refused);

  const { id } = await addedAdmin(test.deps, person.email);
  person.verified = false;
  expect(problemOf(await signIn()), 'the address is not verified').toContain(refused);

  person.verified = true;
  expect((await signIn()).status).toBe(303);
  person.subject = 'somebody else with the address';
  expect(problemOf(await signIn()), 'the admin is somebody else already').toContain(refused);

  person.subject = `subject-${count}`;
  await addedAdmin(test.deps, 'another-owner@example.com');
  await test.deps.commit((change) => deactivateAdmin(change, id, { actor: 'system' }));
  expect(problemOf(await signIn()), 'the admin is deactivated').toContain(refused);
});

it('tells the log who came as an admin and may not, and of nobody who means no admin', async () => {
  const { id } = await addedAdmin(test.deps, person.email);
  await failuresLogged(test);
  const meant = { id, step: 'single sign-on', address: '127.0.0.1' };
  person.verified = false;
  expect((await signIn()).status).toBe(403);
  expect(await failuresLogged(test), 'an address that is only claimed').toEqual([{ ...meant, tries: 1 }]);

  const own = { ...person, verified: true };
  person = own;
  expect((await signIn()).status).toBe(303);
  person = { ...own, subject: 'somebody else with the address' };
  for (let tries = 0; tries < 2; tries++) expect((await signIn()).status).toBe(403);
  test.advance(15 * 60_000);
  expect(await failuresLogged(test), 'the admin is somebody else').toEqual([{ ...meant, tries: 2 }]);

  await addedAdmin(test.deps, `other-${count}@example.com`);
  await test.deps.commit((change) => deactivateAdmin(change, id, { actor: 'system' }));
  person = { ...own, email: 'moved@example.com' };
  expect((await signIn()).status).toBe(403);
  test.advance(15 * 60_000);
  expect(await failuresLogged(test), 'a deactivated one').toEqual([{ ...meant, tries: 1 }]);

  person = { subject: 'a stranger', email: 'stranger@example.com', verified: true };
  expect((await signIn()).status).toBe(403);
  test.advance(15 * 60_000);
  expect(await failuresLogged(test), 'nobody here').toEqual([]);
});

it('keeps no name that the provider gives, and knows one that an earlier release kept', async () => {
  const { id } = await addedAdmin(test.deps, person.email);
  const { db } = test.deps;
  const subjects = () =>
    db.selectFrom('adminIdentities').select('subject').where('adminId', '=', id).execute();
  expect((await signIn()).status).toBe(303);
  const [kept] = await subjects();
  expect(kept?.subject).toMatch(/^sha256:[0-9a-f]{64}$/);

  // Whoever may choose what they are called there is not taken for somebody else.
  const own = person;
  person = { ...own, subject: kept?.subject ?? '' };
  expect((await signIn()).status).toBe(403);

  await db.updateTable('adminIdentities').set({ subject: own.subject }).where('adminId', '=', id).execute();
  person = { ...own, email: 'moved@example.com' };
  expect((await signIn()).status).toBe(303);
});

it('believes an answer once, in the browser that asked, and only as it was given', async () => {
  await addedAdmin(test.deps, person.email);
  const browser = openBrowser(app);
  const address = await goAbroad(browser);
  expect((await openBrowser(app).get(address)).status).toBe(403);
  const other = openBrowser(app);
  await goAbroad(other);
  expect((await other.get(address)).status, 'the answer to another question').toBe(403);
  expect((await browser.get(address)).status).toBe(303);
  expect((await browser.get(address)).status).toBe(403);
});

it('leads to the account page by a page of its own, since the cookie does not come along', async () => {
  await addedAdmin(test.deps, person.email);
  const browser = openBrowser(app);
  const back = await browser.get(await goAbroad(browser, '/admin/sign-in'));
  expect([back.status, back.location]).toEqual([200, undefined]);
  expect(back.body).toContain('content="0;url=/admin/account"');
  expect((await browser.get('/admin/account')).body).toContain('Your account');
});

it('asks for the second factor as after a password', async () => {
  const { id } = await addedAdmin(test.deps, person.email);
  const { deps } = test;
  const secret = await beginAuthenticator(deps, id);
  const step = stepAt(test.deps.clock());
  const on = await test.deps.commit((change) => confirmAuthenticator(change, deps, id, codeAt(secret, step)));
  expect(on).toBe(true);
  const browser = openBrowser(app);
  const asked = await browser.get(await goAbroad(browser));
  expect(asked.body).toContain('One more step');
  const done = await browser.submit('/admin/sign-in/code', { code: codeAt(secret, step + 1) });
  expect(done.location).toContain('code=ghc_');
});
