/** What the log tells of sign-ins that failed behind the password, or without one. */
import type { FastifyInstance } from 'fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestDeps, type TestDeps } from '../../config/testing.ts';
import { createHttp } from '../../http/server.ts';
import { codeAt, stepAt } from '../factors/totp.ts';
import { adminPages } from '../pages.ts';
import { deactivateAdmin } from '../people.ts';
import { addedAdmin, adminPassword as password, type AddedAdmin } from '../testing.ts';
import { openBrowser, secretOn, type TestBrowser } from '../testing-browser.ts';
import { createTestPasskey, type TestPasskey } from '../testing-passkey.ts';
import { failuresLogged } from './testing.ts';

const origin = 'http://localhost:8080';
const options = z.object({ challenge: z.string() });
let dataDir: string;
let test: TestDeps;
let app: FastifyInstance;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-failures-'));
  test = await createTestDeps({ flags: { dataDir, publicUrl: origin } });
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(adminPages(test.deps));
});

afterAll(async () => {
  await app.close();
  await test.close();
  await rm(dataDir, { recursive: true, force: true });
});

let admin: AddedAdmin;

beforeEach(async () => {
  admin = await addedAdmin(test.deps);
});

/** With the right password; what follows is the second step, where there is one. */
async function signIn(): Promise<TestBrowser> {
  const browser = openBrowser(app);
  await browser.get('/admin/sign-in');
  await browser.submit('/admin/sign-in', { email: admin.email, password });
  return browser;
}

/** Answers a right code each time, and ten recovery codes. */
async function turnOn(): Promise<{ readonly code: () => string; readonly recovery: readonly string[] }> {
  const browser = await signIn();
  await browser.get('/admin/account');
  const secret = secretOn(await browser.submit('/admin/account/authenticator', { password }));
  const code = (): string => codeAt(secret, stepAt(test.deps.clock()));
  const on = await browser.submit('/admin/account/authenticator/confirm', { code: code() });
  test.advance(90_000);
  return { code, recovery: [...on.body.matchAll(/<li><code>([^<]+)</g)].map(([, one = '']) => one) };
}

async function addPasskey(): Promise<TestPasskey> {
  const passkey = createTestPasskey(origin);
  const { id, publicKey } = passkey;
  const made = { counter: 0, transports: [], createdAt: new Date().toISOString(), usedAt: null };
  await test.deps.db
    .insertInto('adminPasskeys')
    .values({ id, publicKey, adminId: admin.id, name: 'phone', ...made })
    .execute();
  return passkey;
}

/** The status of an answer by the passkey, signed by itself or by another one. */
async function tryPasskey(browser: TestBrowser, passkey: TestPasskey, by = passkey): Promise<number> {
  const asked = await app.inject({
    method: 'POST',
    url: '/admin/sign-in/passkey-options',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '),
    },
    payload: new URLSearchParams(browser.fields()).toString(),
  });
  const { challenge } = options.parse(asked.json());
  const answer = await browser.submit('/admin/sign-in/passkey', { passkey: passkey.answer(challenge, by) });
  return answer.status;
}

const logged = () => failuresLogged(test);

it('a wrong code of an authenticator, and one that was used already', async () => {
  const { code } = await turnOn();
  const browser = await signIn();
  const wrong = code() === '000000' ? '000001' : '000000';
  expect((await browser.submit('/admin/sign-in/code', { code: wrong })).status).toBe(401);
  const right = code();
  expect((await browser.submit('/admin/sign-in/code', { code: right })).status).toBe(303);
  expect((await (await signIn()).submit('/admin/sign-in/code', { code: right })).status).toBe(401);
  expect(await logged()).toEqual([{ id: admin.id, step: 'code', tries: 2, address: '127.0.0.1' }]);
});

it('a wrong password at the open account page', async () => {
  const browser = await signIn();
  await browser.get('/admin/account');
  const guess = { password: 'guessed', next: 'another word 8' };
  expect((await browser.submit('/admin/account/password', guess)).status).toBe(401);
  expect(await logged()).toMatchObject([{ id: admin.id, step: 'password', tries: 1 }]);
});

it('a wrong recovery code, and one that was used already', async () => {
  const { recovery } = await turnOn();
  const [used = ''] = recovery;
  const wrong = 'aaaa-bbbb-cccc-dddd';
  for (const [code, status] of [
    [wrong, 401],
    [used, 303],
    [used, 401],
  ] as const) {
    expect((await (await signIn()).submit('/admin/sign-in/code', { code })).status).toBe(status);
  }
  expect(await logged()).toEqual([{ id: admin.id, step: 'code', tries: 2, address: '127.0.0.1' }]);
});

it('a passkey that proves nothing, behind the password and instead of it', async () => {
  const [passkey, foreign] = [await addPasskey(), createTestPasskey(origin)];
  expect(await tryPasskey(await signIn(), passkey, foreign)).toBe(401);
  const first = openBrowser(app);
  await first.get('/admin/sign-in');
  expect(await tryPasskey(first, passkey, foreign)).toBe(401);
  expect(await tryPasskey(await signIn(), passkey), 'the right one').toBe(303);
  expect(await logged()).toEqual([{ id: admin.id, step: 'passkey', tries: 2, address: '127.0.0.1' }]);
});

it('a passkey of somebody else behind one’s own password is told of the account that was tried', async () => {
  await addPasskey();
  const own = admin;
  admin = await addedAdmin(test.deps);
  const theirs = await addPasskey();
  admin = own;
  expect(await tryPasskey(await signIn(), theirs)).toBe(401);
  expect(await logged()).toMatchObject([{ id: own.id, step: 'passkey', tries: 1 }]);
});

it('a good passkey of an admin who is deactivated; and none of a passkey that is nobody’s', async () => {
  const passkey = await addPasskey();
  await test.deps.commit((change) => deactivateAdmin(change, admin.id, { actor: 'system' }));
  const browser = openBrowser(app);
  await browser.get('/admin/sign-in');
  expect(await tryPasskey(browser, passkey)).toBe(401);
  expect(await tryPasskey(browser, createTestPasskey(origin))).toBe(401);
  expect(await logged()).toMatchObject([{ id: admin.id, step: 'passkey', tries: 1 }]);
});
