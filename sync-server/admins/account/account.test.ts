import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Flags } from '../../config/config.ts';
import { createTestDeps, type TestDeps } from '../../config/testing.ts';
import { createHttp } from '../../http/server.ts';
import { createAutomationToken } from '../automation.ts';
import { codeAt, stepAt } from '../factors/totp.ts';
import { adminPages } from '../pages.ts';
import { adminRoutes } from '../routes.ts';
import { addedAdmin, adminPassword as password, signedInAdmin } from '../testing.ts';
import { openBrowser, problemOf, secretOn, type Answer, type TestBrowser } from '../testing-browser.ts';

let dataDir: string;
let test: TestDeps;
let app: FastifyInstance;
let strict: FastifyInstance;

async function serve(flags: Flags): Promise<FastifyInstance> {
  const deps = {
    ...test.deps,
    config: { ...test.deps.config, requireSecondFactor: flags.requireSecondFactor === true },
  };
  const made = await createHttp({ log: deps.log, tls: false });
  await made.register(adminPages(deps));
  await made.register(adminRoutes(deps));
  return made;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-account-'));
  test = await createTestDeps({ flags: { dataDir } });
  app = await serve({});
  strict = await serve({ requireSecondFactor: true });
});

afterAll(async () => {
  await app.close();
  await strict.close();
  await test.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function signIn(email: string, at = app, given = password): Promise<[TestBrowser, Answer]> {
  const browser = openBrowser(at);
  await browser.get('/admin/sign-in');
  return [browser, await browser.submit('/admin/sign-in', { email, password: given })];
}

async function signedIn(email: string): Promise<TestBrowser> {
  const [browser, answer] = await signIn(email);
  expect(answer.location).toBe('/admin/account');
  await browser.get('/admin/account');
  return browser;
}

const step = (): number => stepAt(test.deps.clock());

async function turnOn(browser: TestBrowser): Promise<{ readonly secret: Buffer; readonly codes: string[] }> {
  const secret = secretOn(await browser.submit('/admin/account/authenticator', { password }));
  const on = await browser.submit('/admin/account/authenticator/confirm', { code: codeAt(secret, step()) });
  const codes = [...on.body.matchAll(/<li><code>([^<]+)</g)].map(([, code = '']) => code);
  expect(codes).toHaveLength(10);
  await browser.get('/admin/account');
  test.advance(90_000);
  return { secret, codes };
}

describe('an authenticator', () => {
  it('is asked for after the right password only, and takes each code once', async () => {
    const { email } = await addedAdmin(test.deps);
    const { secret } = await turnOn(await signedIn(email));
    expect(problemOf((await signIn(email, app, 'wrong'))[1])).toBe('E-mail or password is wrong.');

    const [browser, asked] = await signIn(email);
    expect(asked.body).toContain('One more step');
    const code = codeAt(secret, step());
    expect((await browser.submit('/admin/sign-in/code', { code: '000000' })).status).toBe(401);
    expect((await browser.submit('/admin/sign-in/code', { code })).location).toBe('/admin/account');

    const [second] = await signIn(email);
    const replayed = await second.submit('/admin/sign-in/code', { code });
    expect([replayed.status, problemOf(replayed)]).toEqual([
      401,
      'This code is wrong, or it was used already.',
    ]);
  });

  it('takes one code once also where two ask at the same moment', async () => {
    const { email } = await addedAdmin(test.deps);
    const { secret } = await turnOn(await signedIn(email));
    const browsers = await Promise.all([signIn(email), signIn(email), signIn(email)]);
    const code = codeAt(secret, step());
    const answers = await Promise.all(
      browsers.map(([browser]) => browser.submit('/admin/sign-in/code', { code })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 401, 401]);
  });

  it('is not guessed', async () => {
    const { email } = await addedAdmin(test.deps);
    await turnOn(await signedIn(email));
    const [browser] = await signIn(email);
    const tries = [];
    for (let n = 0; n < 12; n++) {
      tries.push((await browser.submit('/admin/sign-in/code', { code: 'xxxxxx' })).status);
    }
    expect(tries.slice(8)).toEqual([401, 401, 429, 429]);
  });

  it('has recovery codes beside it, each good once', async () => {
    const { email } = await addedAdmin(test.deps);
    const { codes } = await turnOn(await signedIn(email));
    const typed = codes[3]?.toUpperCase().replaceAll('-', ' ') ?? '';
    for (const location of ['/admin/account', undefined]) {
      const [browser] = await signIn(email);
      expect((await browser.submit('/admin/sign-in/code', { code: typed })).location).toBe(location);
    }
  });

  it('is typed on any keyboard, and no code at all breaks the sign-in', async () => {
    const wide = (text: string): string =>
      text.replace(/[!-~]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));
    const { email } = await addedAdmin(test.deps);
    const { secret, codes } = await turnOn(await signedIn(email));
    for (const right of [codeAt(secret, step()), codes[0] ?? '']) {
      const [browser] = await signIn(email);
      for (const wrong of ['１２３４５', 'éééééé', '\u0000\u0000\u0000\u0000\u0000\u0000']) {
        expect((await browser.submit('/admin/sign-in/code', { code: wrong })).status).toBe(401);
      }
      const answer = await browser.submit('/admin/sign-in/code', { code: wide(right) });
      expect(answer.location).toBe('/admin/account');
    }
  });

  it('leaves no secret in the database that a copy of it would give away', async () => {
    const { email } = await addedAdmin(test.deps);
    const { secret, codes } = await turnOn(await signedIn(email));
    const { rows } = await test.deps.pool.query<{ text: string }>(
      `select (select string_agg(encode(secret, 'hex'), ' ') from admin_totp)
       || (select string_agg(encode(hash, 'escape'), ' ') from admin_recovery_codes)
       || (select string_agg(encode(payload, 'escape'), ' ') from change_log) as text`,
    );
    const text = rows[0]?.text ?? '';
    expect(text.length).toBeGreaterThan(1_000);
    expect(text).not.toContain(secret.toString('hex'));
    for (const code of codes) expect(text).not.toContain(code.replaceAll('-', ''));
  });

  it('is turned off with the password only', async () => {
    const { email } = await addedAdmin(test.deps);
    const browser = await signedIn(email);
    await turnOn(browser);
    const kept = await browser.submit('/admin/account/authenticator/off', { password: 'wrong' });
    expect([kept.status, problemOf(kept)]).toEqual([401, 'That is not your password. Nothing was changed.']);
    await browser.submit('/admin/account/authenticator/off', { password });
    expect((await signIn(email))[1].location).toBe('/admin/account');
  });
});

describe('where a second factor is required', () => {
  it('a sign-in leads to setting one up, to nothing else, and then on to where it was going', async () => {
    const { email } = await addedAdmin(test.deps);
    const browser = openBrowser(strict);
    const desk = new URLSearchParams({
      response_type: 'code',
      client_id: 'gatehouse-desk',
      redirect_uri: 'http://127.0.0.1:49152/callback',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      state: 'kept',
    });
    await browser.get(`/admin/authorize?${desk.toString()}`);
    expect((await browser.submit('/admin/authorize', { email, password })).location).toBe('/admin/account');
    const page = await browser.get('/admin/account');
    expect(page.body).toContain('Set up a second factor');
    const refused = await browser.submit('/admin/account/password', { password, next: 'another one 8' });
    expect([refused.status, problemOf(refused)]).toEqual([403, 'Set up a second factor first.']);
    expect((await browser.submit('/admin/account/continue')).status).toBe(403);

    const secret = secretOn(await browser.submit('/admin/account/authenticator'));
    await browser.submit('/admin/account/authenticator/confirm', { code: codeAt(secret, step()) });
    await browser.get('/admin/account');
    const back = new URL((await browser.submit('/admin/account/continue')).location ?? '');
    expect(`${back.origin}${back.pathname}`).toBe('http://127.0.0.1:49152/callback');
    expect(back.searchParams.get('state')).toBe('kept');
    expect(back.searchParams.get('code')).toMatch(/^ghc_/);
    expect((await browser.get('/admin/account')).location).toBe('/admin/sign-in');
  });

  it('one that was set up elsewhere lets nobody in who began with the password alone', async () => {
    const { email } = await addedAdmin(test.deps);
    // Somebody who knows the password only, before the account’s owner has set up a second factor.
    const [stranger] = await signIn(email, strict);
    await stranger.get('/admin/account');
    const [owner] = await signIn(email, strict);
    await owner.get('/admin/account');
    const secret = secretOn(await owner.submit('/admin/account/authenticator'));
    await owner.submit('/admin/account/authenticator/confirm', { code: codeAt(secret, step()) });

    expect((await stranger.submit('/admin/account/continue')).location).toBe('/admin/sign-in');
    expect((await stranger.get('/admin/account')).location).toBe('/admin/sign-in');
    const added = await stranger.submit('/admin/account/passkeys/options');
    expect(added.status).toBe(401);
    await owner.get('/admin/account');
    expect((await owner.submit('/admin/account/continue')).location).toBe('/admin/account');
  });

  it('the first one ends what was opened with the password alone', async () => {
    const { email } = await addedAdmin(test.deps);
    const [browser, other] = [await signedIn(email), await signedIn(email)];
    await turnOn(browser);
    expect((await other.get('/admin/account')).location).toBe('/admin/sign-in');
    expect((await browser.get('/admin/account')).status).toBe(200);
  });

  it('the last one cannot be turned off', async () => {
    const { email } = await addedAdmin(test.deps);
    const { secret } = await turnOn(await signedIn(email));
    const [browser] = await signIn(email, strict);
    await browser.submit('/admin/sign-in/code', { code: codeAt(secret, step()) });
    await browser.get('/admin/account');
    const refused = await browser.submit('/admin/account/authenticator/off', { password });
    expect([refused.status, problemOf(refused)]).toEqual([
      409,
      'This server asks every admin for a second factor, and this is your only one.',
    ]);
  });
});

describe('the account page', () => {
  it('changes the password, which ends every other session but tokens for automation', async () => {
    const { id, email } = await addedAdmin(test.deps);
    const [browser, other] = [await signedIn(email), await signedIn(email)];
    const { token } = await createAutomationToken(test.deps, { adminId: id, name: 'backup', days: 1 });
    const done = await browser.submit('/admin/account/password', { password, next: 'another word 8' });
    expect(done.location).toBe('/admin/account?done=password');
    expect((await other.get('/admin/account')).location).toBe('/admin/sign-in');
    expect((await browser.get('/admin/account')).status).toBe(200);
    const me = await app.inject({ url: '/api/admin/v1/me', headers: { authorization: `Bearer ${token}` } });
    expect(me.statusCode).toBe(200);
    expect((await signIn(email))[1].status).toBe(401);
    expect((await signIn(email, app, 'another word 8'))[1].status).toBe(303);
  });

  it('takes forms from itself only', async () => {
    const { email } = await addedAdmin(test.deps);
    const browser = await signedIn(email);
    const forged = { guard: 'A'.repeat(32) };
    expect((await browser.submit('/admin/account/sessions/end', forged)).status).toBe(403);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const foreign = await app.inject({
      method: 'POST',
      url: '/admin/account/sessions/end',
      headers: {
        cookie,
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams(browser.fields()).toString(),
    });
    expect(foreign.statusCode).toBe(403);
    const page = await app.inject({ url: '/admin/account', headers: { cookie } });
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.headers['cache-control']).toBe('no-store');
  });

  it('lists and revokes one’s own devices, and nobody else’s', async () => {
    const { id, email } = await addedAdmin(test.deps);
    const browser = await signedIn(email);
    const mine = await createAutomationToken(test.deps, { adminId: id, name: 'nightly <job>', days: 1 });
    const theirs = await signedInAdmin(test.deps);
    expect((await browser.get('/admin/account')).body).toContain('nightly &lt;job&gt;');
    const refused = await browser.submit('/admin/account/devices/revoke', { device: theirs.device });
    expect(refused.status).toBe(404);
    await browser.submit('/admin/account/devices/revoke', { device: mine.device });
    expect((await browser.get('/admin/account')).body).not.toContain('nightly');
    const headers = { authorization: `Bearer ${mine.token}` };
    const after = await app.inject({ url: '/api/admin/v1/me', headers });
    expect(after.json()).toMatchObject({ code: 'device_revoked' });
  });

  it('ends with its half hour', async () => {
    const { email } = await addedAdmin(test.deps);
    const browser = await signedIn(email);
    test.advance(30 * 60_000 + 1);
    expect((await browser.get('/admin/account')).location).toBe('/admin/sign-in');
    const late = await browser.submit('/admin/account/sessions/end');
    expect([late.status, late.location]).toEqual([303, '/admin/sign-in']);
  });
});
