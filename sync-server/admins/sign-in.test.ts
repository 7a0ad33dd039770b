import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tokenResponseSchema } from '../../domain/wire/admin.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createHttp } from '../http/server.ts';
import { ensureFirstAdmin } from './accounts.ts';
import { adminPages } from './pages.ts';
import { adminRoutes } from './routes.ts';
import { reportFailures } from './sign-in/failures.ts';
import { addedAdmin, adminPassword as password, signedInAdmin } from './testing.ts';

let test: TestDeps;
let app: FastifyInstance;
const redirectUri = 'http://127.0.0.1:49152/callback';

beforeAll(async () => {
  test = await createTestDeps();
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(adminPages(test.deps));
  await app.register(adminRoutes(test.deps));
  await addedAdmin(test.deps, 'Dana@Example.com');
});

afterAll(async () => {
  await app.close();
  await test.close();
});

function challenge(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function authorization(verifier: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    response_type: 'code',
    client_id: 'gatehouse-desk',
    redirect_uri: redirectUri,
    code_challenge: challenge(verifier),
    code_challenge_method: 'S256',
    state: 'a state',
    ...more,
  };
}

/** Opens the page as a browser would and returns what its form holds. */
async function openPage(verifier: string) {
  const page = await app.inject({ url: '/admin/authorize', query: authorization(verifier) });
  const cookie = page.cookies[0];
  const fields = Object.fromEntries(
    [...page.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)" \/>/g)].map((match) => [
      match[1] ?? '',
      match[2] ?? '',
    ]),
  );
  return { page, fields, cookie: `${cookie?.name ?? ''}=${cookie?.value ?? ''}` };
}

async function submit(fields: Record<string, string>, headers: Record<string, string>) {
  return app.inject({
    method: 'POST',
    url: '/admin/authorize',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
}

async function codeFor(verifier: string): Promise<string> {
  const { fields, cookie } = await openPage(verifier);
  const answer = await submit({ ...fields, email: 'dana@example.com', password }, { cookie });
  expect(answer.statusCode).toBe(303);
  return new URL(String(answer.headers['location'])).searchParams.get('code') ?? '';
}

async function token(payload: object) {
  return app.inject({ method: 'POST', url: '/api/admin/v1/token', payload });
}

function exchange(code: string, verifier: string, redirect = redirectUri) {
  return token({
    grant_type: 'authorization_code',
    client_id: 'gatehouse-desk',
    code,
    code_verifier: verifier,
    redirect_uri: redirect,
  });
}

function newVerifier(): string {
  return randomBytes(32).toString('base64url');
}

describe('signing in', () => {
  it('goes through the page, the code and PKCE to a session that a device is bound to', async () => {
    const verifier = newVerifier();
    const { page, fields, cookie } = await openPage(verifier);
    expect(page.statusCode).toBe(200);
    expect(page.body.match(/<script[^>]*>/g)).toEqual([
      '<script type="module" src="/admin/assets/passkeys.js">',
    ]);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toContain("form-action 'self' http://127.0.0.1:49152;");

    const back = await submit({ ...fields, email: ' DANA@example.com', password }, { cookie });
    const address = new URL(String(back.headers['location']));
    expect(`${address.origin}${address.pathname}`).toBe(redirectUri);
    expect(address.searchParams.get('state')).toBe('a state');

    const answer = await exchange(address.searchParams.get('code') ?? '', verifier);
    expect(answer.statusCode).toBe(200);
    const tokens = tokenResponseSchema.parse(answer.json());
    expect(tokens.admin).toMatchObject({ email: 'dana@example.com', role: 'owner' });

    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const me = await app.inject({ url: '/api/admin/v1/me', headers });
    expect(me.json()).toEqual({ admin: tokens.admin, device: null, scope: 'all' });
    const enrolled = await app.inject({
      method: 'POST',
      url: '/api/admin/v1/devices',
      headers,
      payload: { name: 'Laptop' },
    });
    const { device } = enrolled.json<{ device: string }>();
    const again = await app.inject({ url: '/api/admin/v1/me', headers });
    expect(again.json()).toMatchObject({ device });

    const out = await app.inject({ method: 'POST', url: '/api/admin/v1/sign-out', headers });
    expect(out.statusCode).toBe(204);
    const after = await app.inject({ url: '/api/admin/v1/me', headers });
    expect(after.json()).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('gives nothing for a code with the wrong verifier, a second time, elsewhere or too late', async () => {
    const verifier = newVerifier();
    const code = await codeFor(verifier);
    expect((await exchange(code, newVerifier())).json()).toMatchObject({ code: 'grant_invalid' });
    // The wrong try has used it up.
    expect((await exchange(code, verifier)).json()).toMatchObject({ code: 'grant_invalid' });

    const elsewhere = await codeFor(verifier);
    const other = 'http://127.0.0.1:49153/callback';
    expect((await exchange(elsewhere, verifier, other)).json()).toMatchObject({ code: 'grant_invalid' });

    const late = await codeFor(verifier);
    test.advance(61_000);
    expect((await exchange(late, verifier)).json()).toMatchObject({ code: 'grant_invalid' });
  });

  it('says the same for a wrong password and an unknown account, on the page', async () => {
    const answers = [];
    for (const email of ['dana@example.com', 'nobody@example.com']) {
      const { fields, cookie } = await openPage(newVerifier());
      const answer = await submit({ ...fields, email, password: 'wrong' }, { cookie });
      expect(answer.statusCode).toBe(401);
      answers.push(/role="alert"[^>]*>([^<]+)</.exec(answer.body)?.[1]);
    }
    expect(answers).toEqual(['E-mail or password is wrong.', 'E-mail or password is wrong.']);
  });

  it('refuses a form that another site sends, and one without the page behind it', async () => {
    const { fields, cookie } = await openPage(newVerifier());
    const right = { ...fields, email: 'dana@example.com', password };
    expect((await submit(right, { cookie, origin: 'https://evil.example' })).statusCode).toBe(403);
    expect((await submit(right, {})).statusCode).toBe(403);
    const forged = { ...right, guard: 'A'.repeat(32) };
    expect((await submit(forged, { cookie })).statusCode).toBe(403);
    expect((await submit(right, { cookie, origin: 'http://localhost:8080' })).statusCode).toBe(303);
  });

  it('never redirects to an address that is not the desk on this computer', async () => {
    for (const bad of [
      'https://evil.example/callback',
      'http://127.0.0.1:80@evil.example/callback',
      'http://127.0.0.1.evil.example:8000/callback',
      'http://localhost:8000/other',
      'http://localhost/callback',
    ]) {
      const query = authorization(newVerifier(), { redirect_uri: bad });
      const answer = await app.inject({ url: '/admin/authorize', query });
      expect([answer.statusCode, answer.headers['location']]).toEqual([400, undefined]);
    }
    const plain = authorization(newVerifier(), { code_challenge_method: 'plain' });
    const told = await app.inject({ url: '/admin/authorize', query: plain });
    expect(told.headers['location']).toBe(`${redirectUri}?error=invalid_request&state=a+state`);
  });

  it('puts nothing from the request into the page unescaped', async () => {
    const { fields, cookie } = await openPage(newVerifier());
    const answer = await submit({ ...fields, email: '"><script>x</script>', password: 'p' }, { cookie });
    expect(answer.body).not.toContain('<script>');
    expect(answer.body).toContain('&lt;script&gt;');
  });

  it('stops guessing', async () => {
    const { fields, cookie } = await openPage(newVerifier());
    const tries = [];
    for (let n = 0; n < 12; n++) {
      const answer = await submit({ ...fields, email: 'victim@example.com', password: `${n}` }, { cookie });
      tries.push(answer.statusCode);
    }
    expect(tries.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(tries.slice(10)).toEqual([429, 429]);
  });
});

describe('failed sign-ins', () => {
  /** As the server does every few seconds. */
  async function logged(): Promise<{ id: string; details: unknown; context: unknown }[]> {
    await reportFailures(test.deps);
    const rows = await test.deps.db
      .selectFrom('changeLog')
      .select(['entityId', 'payload', 'context'])
      .where('action', '=', 'admin.sign_in_failed')
      .orderBy('seq')
      .execute();
    return rows.map(({ entityId, payload, context }) => ({
      id: entityId,
      details: z.json().parse(JSON.parse(String(payload))),
      context: z.json().parse(JSON.parse(String(context))),
    }));
  }

  async function fail(email: string, times: number): Promise<void> {
    const { fields, cookie } = await openPage(newVerifier());
    for (let n = 0; n < times; n++) {
      const answer = await submit({ ...fields, email, password: `${n}` }, { cookie });
      expect([401, 429]).toContain(answer.statusCode);
    }
  }

  it('at an account that there is are told together, once, and anew only after a while', async () => {
    const { id } = await addedAdmin(test.deps, 'erik@example.com');
    // What other tests have left.
    test.advance(10_000);
    const before = (await logged()).length;
    await fail('erik@example.com', 3);
    expect((await logged()).length).toBe(before);
    test.advance(10_000);
    const told = (await logged()).slice(before);
    expect(told).toMatchObject([{ id, details: { step: 'password', tries: 3 } }]);
    expect(told[0]?.context).toEqual({ address: '127.0.0.1' });

    // Many more: within the limit they are counted, beyond it nobody looks at them.
    await fail('erik@example.com', 40);
    test.advance(60_000);
    expect((await logged()).length).toBe(before + 1);
    test.advance(15 * 60_000);
    expect((await logged()).slice(before + 1)).toMatchObject([{ id, details: { tries: 7 } }]);
    test.advance(15 * 60_000);
    await logged();
    expect(await test.deps.db.selectFrom('failedSignIns').select('key').execute()).toEqual([]);
  });

  it('at an account that there is not do the same work and leave nothing in the log', async () => {
    const before = (await logged()).length;
    test.advance(15 * 60_000);
    await logged();
    await fail('nobody-at-all@example.com', 2);
    const noted = await test.deps.db.selectFrom('failedSignIns').selectAll().execute();
    expect(noted.filter(({ adminId }) => adminId === null)).toMatchObject([{ address: null, tries: 2 }]);
    test.advance(10_000);
    expect((await logged()).length).toBe(before);
    expect(await test.deps.db.selectFrom('failedSignIns').select('key').execute()).toEqual([]);
  });
});

describe('a session', () => {
  async function tokens() {
    const verifier = newVerifier();
    return tokenResponseSchema.parse((await exchange(await codeFor(verifier), verifier)).json());
  }
  const refresh = (refreshToken: string) =>
    token({ grant_type: 'refresh_token', client_id: 'gatehouse-desk', refresh_token: refreshToken });
  const me = (accessToken: string) =>
    app.inject({ url: '/api/admin/v1/me', headers: { authorization: `Bearer ${accessToken}` } });

  it('ends its access after a quarter of an hour and goes on with the refresh token', async () => {
    const first = await tokens();
    test.advance(15 * 60_000 + 1);
    expect((await me(first.access_token)).json()).toMatchObject({ status: 401, code: 'token_expired' });
    const second = tokenResponseSchema.parse((await refresh(first.refresh_token)).json());
    expect((await me(second.access_token)).statusCode).toBe(200);
    expect((await me(first.access_token)).statusCode).toBe(401);
  });

  it('survives an answer that was lost, and ends when an old refresh token turns up later', async () => {
    const first = await tokens();
    await refresh(first.refresh_token);
    const second = tokenResponseSchema.parse((await refresh(first.refresh_token)).json());
    test.advance(61_000);
    expect((await refresh(first.refresh_token)).json()).toMatchObject({ code: 'grant_invalid' });
    expect((await me(second.access_token)).json()).toMatchObject({ code: 'unauthenticated' });
    expect((await refresh(second.refresh_token)).json()).toMatchObject({ code: 'grant_invalid' });
  });

  it('ends when any refresh token turns up that it ever had but the last two', async () => {
    const first = await tokens();
    const second = tokenResponseSchema.parse((await refresh(first.refresh_token)).json());
    const third = tokenResponseSchema.parse((await refresh(second.refresh_token)).json());
    const bystander = await tokens();
    expect((await me(third.access_token)).statusCode).toBe(200);
    expect((await refresh(first.refresh_token)).json()).toMatchObject({ code: 'grant_invalid' });
    expect((await me(third.access_token)).json()).toMatchObject({ code: 'unauthenticated' });
    expect((await refresh(third.refresh_token)).json()).toMatchObject({ code: 'grant_invalid' });
    expect((await me(bystander.access_token)).statusCode).toBe(200);
  });

  it('goes on where one refresh token is sent several times at once', async () => {
    const first = await tokens();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(first.refresh_token)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    const alive = await Promise.all(
      answers.map(async (answer) => me(tokenResponseSchema.parse(answer.json()).access_token)),
    );
    expect(alive.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  });

  it('ends when the code that opened it turns up again, also at the same moment', async () => {
    const verifier = newVerifier();
    const code = await codeFor(verifier);
    const first = tokenResponseSchema.parse((await exchange(code, verifier)).json());
    const second = tokenResponseSchema.parse((await refresh(first.refresh_token)).json());
    expect((await me(second.access_token)).statusCode).toBe(200);
    expect((await exchange(code, newVerifier())).json()).toMatchObject({ code: 'grant_invalid' });
    expect((await me(second.access_token)).json()).toMatchObject({ code: 'unauthenticated' });

    const twice = await codeFor(verifier);
    const answers = await Promise.all([exchange(twice, verifier), exchange(twice, verifier)]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400]);
    const given = answers.find(({ statusCode }) => statusCode === 200);
    const { access_token: access } = tokenResponseSchema.parse(given?.json());
    expect((await me(access)).json()).toMatchObject({ code: 'unauthenticated' });
  });

  it('binds to a device of the same admin only', async () => {
    const [mine, theirs] = [await signedInAdmin(test.deps), await signedInAdmin(test.deps)];
    const enrol = (device: string) =>
      app.inject({
        method: 'POST',
        url: '/api/admin/v1/devices',
        headers: mine.headers,
        payload: { name: 'x', device },
      });
    expect((await enrol(theirs.device)).json()).toMatchObject({ status: 403, code: 'device_foreign' });
    expect((await enrol(crypto.randomUUID())).json()).toMatchObject({ code: 'device_foreign' });
    expect((await enrol(mine.device)).json()).toMatchObject({ device: mine.device });
  });

  it('keeps tokens and passwords out of the database', async () => {
    const { access_token: access, refresh_token: refreshToken } = await tokens();
    const { rows } = await test.deps.pool.query<{ text: string }>(
      "select query_to_xml('select * from admin_sessions', true, true, '')::text || query_to_xml('select * from admin_secrets', true, true, '')::text as text",
    );
    const text = rows[0]?.text ?? '';
    expect(text).toContain('argon2id');
    for (const secret of [access, refreshToken, password]) expect(text).not.toContain(secret);
  });
});

it('makes a first admin once only', async () => {
  const fresh = await createTestDeps();
  const { commit, clock } = fresh.deps;
  const made = await Promise.all([ensureFirstAdmin(commit, clock), ensureFirstAdmin(commit, clock)]);
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(made.find(Boolean)?.password).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
  await fresh.close();
});
