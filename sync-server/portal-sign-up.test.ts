import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meSchema, problemV2Schema, verifyEmailAnswerSchema } from '../domain/wire/portal-v2.ts';
import type { Row } from '../domain/entities.ts';
import { goodPassword, mailsTo, openBrowser, register, tokenTo } from './developers/testing.ts';
import { fillCatalog, startTestServer, type Catalog, type TestServer } from './testing.ts';

let server: TestServer;
let catalog: Catalog;

beforeAll(async () => {
  server = await startTestServer();
  catalog = await fillCatalog(server.deps);
});

afterAll(() => server.close());

async function decide(id: string, state: Row<'developer'>['state'], actor = 'admin:1'): Promise<void> {
  await server.deps.commit(async (change) => {
    const row = await change.db
      .selectFrom('developers')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const revision = row.revision + 1;
    const decided = { decidedRevision: revision, decidedBy: actor, decidedAt: change.now };
    await change.put('developer', [{ ...row, state, revision, ...decided }], { actor });
  });
}

async function developer(email: string): Promise<Row<'developer'> | undefined> {
  return server.deps.db.selectFrom('developers').selectAll().where('email', '=', email).executeTakeFirst();
}

async function autoApproveDevelopers(on: boolean): Promise<void> {
  const portal = { ...catalog.portal, autoApproveDevelopers: on };
  await server.deps.commit((change) => change.put('portal', [portal], { actor: 'system' }));
}

const signIn = { username: 'ada@example.com', password: goodPassword };

describe('a new developer', () => {
  it('confirms the address, is approved, signs in, and is thrown out by a revocation', async () => {
    const { app, deps } = server;
    const browser = openBrowser(app);
    const email = 'ada@example.com';
    const signUp = await browser.call('POST', '/api/v2/developer', {
      email,
      full_name: 'Ada Lovelace',
      password: goodPassword,
      favourite_colour: 'published as allowed',
    });
    expect([signUp.status, signUp.text]).toEqual([201, '']);
    expect(await developer(email)).toMatchObject({ state: 'unverified', verifiedAt: null, revision: 1 });
    expect((await browser.call('POST', '/api/v2/developer/authenticate', signIn)).status).toBe(401);

    const [mail] = await mailsTo(deps, email);
    expect(mail?.body).toMatch(/http:\/\/localhost:8080\/verify-email\?token=[0-9a-f-]{36}/);
    const token = await tokenTo(deps, email);
    const verified = await browser.call('POST', '/api/v2/developer/verify-email', { token });
    expect([verified.status, verifyEmailAnswerSchema.parse(verified.body)]).toEqual([202, { email }]);
    const again = await browser.call('POST', '/api/v2/developer/verify-email', { token });
    expect([again.status, problemV2Schema.parse(again.body).title]).toEqual([410, 'Gone']);

    const waiting = await browser.call('POST', '/api/v2/developer/authenticate', signIn);
    expect([waiting.status, problemV2Schema.parse(waiting.body).detail]).toEqual([
      401,
      'Your account is not approved, or not at present.',
    ]);
    expect(waiting.headers['set-cookie']).toBeUndefined();

    const pending = await developer(email);
    expect(pending).toMatchObject({ state: 'pending', revision: 2, decidedBy: null });
    await decide(pending?.id ?? '', 'approved');
    const signedIn = await browser.call('POST', '/api/v2/developer/authenticate', signIn);
    expect(signedIn.status).toBe(204);
    expect(signedIn.headers['set-cookie']).toEqual([
      expect.stringMatching(/^portalaccesstoken=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(
        /^portalrefreshtoken=[\w-]{43}; Max-Age=604800; Path=\/api\/v2\/developer; HttpOnly; SameSite=Lax$/,
      ),
    ]);
    const me = await browser.call('GET', '/api/v2/developer/me');
    expect(meSchema.parse(me.body)).toMatchObject({ email, full_name: 'Ada Lovelace' });

    await decide(pending?.id ?? '', 'revoked');
    expect((await browser.call('GET', '/api/v2/developer/me')).status).toBe(401);
    await decide(pending?.id ?? '', 'approved');
    // The session ended with the revocation; reinstating opens none.
    expect((await browser.call('GET', '/api/v2/developer/me')).status).toBe(401);
  });

  it('without a password at sign-up chooses one after confirming', async () => {
    const { app, deps } = server;
    const browser = openBrowser(app);
    const email = 'later@example.com';
    await browser.call('POST', '/api/v2/developer', { email, full_name: 'Later' });
    const { body } = await browser.call('POST', '/api/v2/developer/verify-email', {
      token: await tokenTo(deps, email),
    });
    const { token } = verifyEmailAnswerSchema.parse(body);
    const chosen = await browser.call('POST', '/api/v2/developer/reset-password', {
      token,
      password: goodPassword,
    });
    expect(chosen.status).toBe(204);
    await decide((await developer(email))?.id ?? '', 'approved');
    const answer = await browser.call('POST', '/api/v2/developer/authenticate', {
      username: 'LATER@example.com',
      password: goodPassword,
    });
    expect(answer.status).toBe(204);
  });

  it('gets the password of the very sign-up that was confirmed, not of whoever came first', async () => {
    const { app, deps } = server;
    const browser = openBrowser(app);
    const email = 'target@example.com';
    await browser.call('POST', '/api/v2/developer', {
      email,
      full_name: 'Mallory',
      password: 'mallory was here',
    });
    await browser.call('POST', '/api/v2/developer', { email, full_name: 'Target', password: goodPassword });
    await browser.call('POST', '/api/v2/developer/verify-email', { token: await tokenTo(deps, email) });
    const row = await developer(email);
    expect(row?.name).toBe('Target');
    await decide(row?.id ?? '', 'approved');
    const attempt = (password: string) =>
      browser.call('POST', '/api/v2/developer/authenticate', { username: email, password });
    expect((await attempt('mallory was here')).status).toBe(401);
    expect((await attempt(goodPassword)).status).toBe(204);
  });

  it('is approved by the rule, unless a human said no to the same person', async () => {
    const { app, deps } = server;
    await autoApproveDevelopers(true);
    try {
      const browser = openBrowser(app);
      await register(browser, deps, 'fast@example.com');
      const fast = await developer('fast@example.com');
      expect(fast).toMatchObject({
        state: 'approved',
        decidedBy: 'rule:auto-approve',
        revision: 3,
        decidedRevision: 3,
      });
      expect((await mailsTo(deps, 'fast@example.com')).at(-1)?.subject).toBe('The demo portal: welcome');

      await decide(fast?.id ?? '', 'revoked');
      await register(browser, deps, 'fast+again@example.com');
      expect((await developer('fast+again@example.com'))?.state).toBe('pending');
    } finally {
      await autoApproveDevelopers(false);
    }
  });

  it('uses a link within a day, or asks for another', async () => {
    const { app, deps, advance } = server;
    const browser = openBrowser(app);
    const email = 'slow@example.com';
    await browser.call('POST', '/api/v2/developer', { email, full_name: 'Slow' });
    const token = await tokenTo(deps, email);
    advance(24 * 3_600_000);
    expect((await browser.call('POST', '/api/v2/developer/verify-email', { token })).status).toBe(410);
    await browser.call('POST', '/api/v2/developer/forgot-password', { email });
    const fresh = await tokenTo(deps, email);
    expect((await browser.call('POST', '/api/v2/developer/verify-email', { token: fresh })).status).toBe(202);
  });
});

describe('nobody learns who has an account', () => {
  it('from sign-up, sign-in or a forgotten password', async () => {
    const { app, deps } = server;
    const browser = openBrowser(app);
    await register(browser, deps, 'known@example.com', 'Known');
    const telling = ({ status, text, headers }: Awaited<ReturnType<typeof browser.call>>) => ({
      status,
      text: text.replace(/trace:[^"]+/, ''),
      headers: Object.keys(headers).sort(),
    });
    const ask = async (path: string, body: (email: string) => object) => ({
      known: telling(await browser.call('POST', path, body('known@example.com'))),
      unknown: telling(await browser.call('POST', path, body('unknown@example.com'))),
    });
    for (const { known, unknown } of [
      await ask('/api/v2/developer', (email) => ({ email, full_name: 'X', password: goodPassword })),
      await ask('/api/v2/developer', (email) => ({ email, full_name: 'x\u0000y', password: goodPassword })),
      await ask('/api/v2/developer', (email) => ({ email, full_name: 'x\ud800y', password: goodPassword })),
      await ask('/api/v2/developer/forgot-password', (email) => ({ email })),
      await ask('/api/v2/developer/authenticate', (username) => ({ username, password: 'not the password' })),
    ]) {
      expect(known).toEqual(unknown);
    }
    const told = (await mailsTo(deps, 'known@example.com')).map(({ subject }) => subject);
    expect(told).toContain('The demo portal: you already have an account');
    expect((await developer('known@example.com'))?.name).toBe('Known');
  });
});

describe('a session', () => {
  async function signedIn(email: string) {
    const { app, deps } = server;
    const browser = openBrowser(app);
    await decide(await register(browser, deps, email), 'approved');
    await browser.call('POST', '/api/v2/developer/authenticate', { username: email, password: goodPassword });
    return browser;
  }

  it('is refreshed with new tokens, and ends where an old one turns up', async () => {
    const browser = await signedIn('refresh@example.com');
    const old = new Map(browser.cookies);
    expect((await browser.call('POST', '/api/v2/developer/refresh')).status).toBe(204);
    expect(browser.cookies.get('portalrefreshtoken')).not.toBe(old.get('portalrefreshtoken'));
    expect((await browser.call('GET', '/api/v2/developer/me')).status).toBe(200);

    const thief = openBrowser(server.app);
    for (const [name, value] of old) thief.cookies.set(name, value);
    expect((await thief.call('GET', '/api/v2/developer/me')).status).toBe(401);
    // Another tab of the same browser that lost the race is let off; the new cookies are in the jar already.
    expect((await thief.call('POST', '/api/v2/developer/refresh')).status).toBe(204);
    expect(thief.cookies.get('portalrefreshtoken')).toBe(old.get('portalrefreshtoken'));
    server.advance(60_000);
    expect((await thief.call('POST', '/api/v2/developer/refresh')).status).toBe(401);
    expect((await browser.call('GET', '/api/v2/developer/me')).status).toBe(401);
  });

  it('ends where any token turns up that was replaced more than once, however soon', async () => {
    const browser = await signedIn('family@example.com');
    const bystander = await signedIn('bystander@example.com');
    const old = new Map(browser.cookies);
    for (const _ of [1, 2]) {
      expect((await browser.call('POST', '/api/v2/developer/refresh')).status).toBe(204);
    }
    expect((await browser.call('GET', '/api/v2/developer/me')).status).toBe(200);
    const thief = openBrowser(server.app);
    for (const [name, value] of old) thief.cookies.set(name, value);
    expect((await thief.call('POST', '/api/v2/developer/refresh')).status).toBe(401);
    expect((await browser.call('GET', '/api/v2/developer/me')).status).toBe(401);
    expect((await browser.call('POST', '/api/v2/developer/refresh')).status).toBe(401);
    expect((await bystander.call('GET', '/api/v2/developer/me')).status).toBe(200);
  });

  it('ends by signing out, by time, and by a new password', async () => {
    const { deps } = server;
    const first = await signedIn('ends@example.com');
    const kept = new Map(first.cookies);
    expect((await first.call('POST', '/api/v2/developer/logout')).status).toBe(204);
    expect(first.cookies.size).toBe(0);
    for (const [name, value] of kept) first.cookies.set(name, value);
    expect((await first.call('GET', '/api/v2/developer/me')).status).toBe(401);
    expect((await first.call('POST', '/api/v2/developer/refresh')).status).toBe(401);

    const credentials = { username: 'ends@example.com', password: goodPassword };
    await first.call('POST', '/api/v2/developer/authenticate', credentials);
    await first.call('POST', '/api/v2/developer/forgot-password', { email: 'ends@example.com' });
    const token = await tokenTo(deps, 'ends@example.com');
    const weak = await first.call('POST', '/api/v2/developer/reset-password', {
      token,
      password: 'password1',
    });
    expect([weak.status, problemV2Schema.parse(weak.body).invalid_parameters?.[0]?.field]).toEqual([
      400,
      'password',
    ]);
    const reset = { token, password: 'quite another one' };
    expect((await first.call('POST', '/api/v2/developer/reset-password', reset)).status).toBe(204);
    expect((await first.call('POST', '/api/v2/developer/reset-password', reset)).status).toBe(410);
    expect((await first.call('GET', '/api/v2/developer/me')).status).toBe(401);

    await first.call('POST', '/api/v2/developer/authenticate', { ...credentials, password: reset.password });
    expect((await first.call('GET', '/api/v2/developer/me')).status).toBe(200);
    server.advance(12 * 3_600_000);
    expect((await first.call('GET', '/api/v2/developer/me')).status).toBe(401);
    expect((await first.call('POST', '/api/v2/developer/refresh')).status).toBe(204);
    expect((await first.call('GET', '/api/v2/developer/me')).status).toBe(200);
  });

  it('is no session in another portal, and neither is the account', async () => {
    const browser = await signedIn('tenant@example.com');
    const { app } = server;
    const other = openBrowser(app, '/portals/staging');
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    expect((await other.call('GET', '/api/v2/developer/me')).status).toBe(401);
    const credentials = { username: 'tenant@example.com', password: goodPassword };
    expect((await other.call('POST', '/api/v2/developer/authenticate', credentials)).status).toBe(401);
    const nowhere = openBrowser(app, '/portals/nowhere');
    expect((await nowhere.call('GET', '/api/v2/portal')).status).toBe(404);

    const { status } = await other.call('POST', '/api/v2/developer', {
      email: 'tenant@example.com',
      full_name: 'Same person, other portal',
    });
    expect(status).toBe(201);
    const mails = await mailsTo(server.deps, 'tenant@example.com');
    expect(mails.at(-1)?.body).toContain('http://localhost:8080/portals/staging/verify-email?token=');
  });
});

describe('what is sent wrongly', () => {
  it.each([
    ['/api/v2/developer', { email: 'no address', full_name: 'X' }, 'email'],
    ['/api/v2/developer', { email: 'x@example.com' }, 'full_name'],
    ['/api/v2/developer', { email: 'x@example.com', full_name: '   ' }, 'full_name'],
    ['/api/v2/developer', { email: 'x@example.com', full_name: 'X', password: 'short' }, 'password'],
    ['/api/v2/developer', { email: 'x@example.com', full_name: 'X', password: 'x@example.com' }, 'password'],
    ['/api/v2/developer', [], ''],
    ['/api/v2/developer/authenticate', { username: 'x@example.com' }, 'password'],
    ['/api/v2/developer/authenticate', { username: { $ne: '' }, password: 'x' }, 'username'],
    ['/api/v2/developer/verify-email', { token: 'not-a-uuid' }, 'token'],
    ['/api/v2/developer/reset-password', { token: crypto.randomUUID(), password: 7 }, 'password'],
    ['/api/v2/developer/forgot-password', { email: 'x@example.com', admin: true }, ''],
  ])('%s %j is refused by naming the field', async (path, body, field) => {
    const answer = await openBrowser(server.app).call('POST', path, body);
    expect(answer.status).toBe(400);
    const problem = problemV2Schema.parse(answer.body);
    expect(problem.invalid_parameters?.map((wrong) => wrong.field)).toContain(field);
  });

  it('a token that was never given out is not found', async () => {
    const browser = openBrowser(server.app);
    const token = crypto.randomUUID();
    expect((await browser.call('POST', '/api/v2/developer/verify-email', { token })).status).toBe(404);
    const reset = { token, password: goodPassword };
    expect((await browser.call('POST', '/api/v2/developer/reset-password', reset)).status).toBe(404);
  });

  it('from a page of somebody else’s', async () => {
    const browser = openBrowser(server.app);
    const body = { email: 'csrf@example.com', full_name: 'X' };
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] satisfies Record<string, string>[]) {
      const answer = await browser.call('POST', '/api/v2/developer', body, headers);
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const own = { origin: 'http://localhost:8080', host: 'localhost:8080' };
    expect((await browser.call('POST', '/api/v2/developer', body, own)).status).toBe(201);
  });

  it('too often is slowed down, with the time to wait', async () => {
    const browser = openBrowser(server.app);
    const wrong = { username: 'guess@example.com', password: 'guess' };
    const statuses: number[] = [];
    for (let index = 0; index < 11; index++) {
      const answer = await browser.call('POST', '/api/v2/developer/authenticate', wrong);
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  });
});
