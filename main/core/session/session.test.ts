import { expect, test } from 'vitest';
import { listenForCallback } from './callback.ts';
import { authorizeUrl } from './oauth.ts';
import { openSecrets, type Keytar } from './secrets.ts';

test('the callback believes the right state only, and shows a page that can do nothing', async () => {
  const callback = await listenForCallback('right');
  expect(new URL(callback.redirectUri)).toMatchObject({ hostname: '127.0.0.1', pathname: '/callback' });
  for (const query of ['?code=stolen&state=wrong', '?code=stolen', '']) {
    expect((await fetch(`${callback.redirectUri}${query}`)).status).toBe(404);
  }
  const answer = await fetch(`${callback.redirectUri}?code=good&state=right`);
  const html = await answer.text();
  expect(html).toContain('return to Gatehouse');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html, 'needs nothing from a listener that is gone').not.toContain('<link');
  expect(await callback.code).toBe('good');
  callback.close();
});

test('a refused sign-in ends the wait', async () => {
  const callback = await listenForCallback('right');
  await fetch(`${callback.redirectUri}?error=access_denied&state=right`);
  await expect(callback.code).rejects.toThrow('access_denied');
  callback.close();
});

test("the address of the sign-in page holds the verifier's digest, never the verifier", () => {
  const url = new URL(
    authorizeUrl('http://localhost:4000', 'http://127.0.0.1:1/callback', 'v'.repeat(43), 's'),
  );
  expect(url.href).not.toContain('v'.repeat(43));
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    response_type: 'code',
    client_id: 'gatehouse-desk',
    code_challenge_method: 'S256',
    state: 's',
  });
});

function keychain(more: Partial<Keytar> = {}): Keytar {
  const held = new Map<string, string>();
  return {
    getPassword: async (_service, account) => held.get(account) ?? null,
    setPassword: async (_service, account, password) => void held.set(account, password),
    deletePassword: async (_service, account) => held.delete(account),
    ...more,
  };
}

test('a keychain is used where it works from end to end, else memory', async () => {
  const working = await openSecrets('nonce', async () => keychain());
  await working.set('ada', 'secret');
  expect([working.kind, await working.get('ada')]).toEqual(['keychain', 'secret']);
  const broken: (() => Promise<Keytar>)[] = [
    () => Promise.reject(new Error('libsecret-1.so.0: cannot open shared object file')),
    async () => keychain({ setPassword: () => Promise.reject(new Error('Cannot autolaunch D-Bus')) }),
    async () => keychain({ getPassword: async () => null }),
    async () => keychain({ deletePassword: () => new Promise(() => undefined) }),
  ];
  for (const load of broken) expect((await openSecrets('nonce', load)).kind).toBe('memory');
});
