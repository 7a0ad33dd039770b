/** What admins do on the pages of the server: signing in, and the account page. */
import { codeAt, stepAt } from '../../../../sync-server/admins/factors/totp.ts';
import { secretOn, type TestBrowser } from '../../../../sync-server/admins/testing-browser.ts';
import { createTestPasskey } from '../../../../sync-server/admins/testing-passkey.ts';
import { atPage, type Act, type Doing } from './act.ts';
import { addPasskey } from '../../../rights/passkey.ts';
import { password, publicUrl, type Scene } from '../../../rights/scene.ts';

const account = '/admin/account';

type Person = Awaited<ReturnType<Scene['addAdmin']>>;

/** At the account page; what `step` answers is to be done there. */
function atAccount(
  path: string,
  tells: readonly string[],
  step: (page: TestBrowser, scene: Scene, person: Person) => Promise<Readonly<Record<string, string>>>,
): Act {
  return {
    route: `POST ${account}${path}`,
    tells,
    async prepare(scene, from): Promise<Doing> {
      const person = await scene.addAdmin();
      const page = await scene.atAccount(from, person.email);
      const fields = await step(page, scene, person);
      return { ...atPage(person), run: () => page.submit(`${account}${path}`, fields) };
    },
  };
}

const now = ({ whole }: Scene): number => stepAt(whole.server.deps.clock());

/** Answers the code that turns it on. */
async function beginAuthenticator(page: TestBrowser, scene: Scene): Promise<string> {
  const secret = secretOn(await page.submit(`${account}/authenticator`, { password }));
  return codeAt(secret, now(scene));
}

async function turnOn(page: TestBrowser, scene: Scene): Promise<void> {
  const code = await beginAuthenticator(page, scene);
  await page.submit(`${account}/authenticator/confirm`, { code });
  await page.get(account);
}

const signingIn: readonly Act[] = [
  ...['/admin/sign-in', '/admin/authorize'].map((path): Act => ({
    route: `POST ${path}`,
    tells: ['admin.signed_in'],
    async prepare({ addAdmin, browser }, from) {
      const person = await addAdmin();
      const page = browser(from);
      const desk = new URLSearchParams({
        response_type: 'code',
        client_id: 'gatehouse-desk',
        redirect_uri: 'http://127.0.0.1:49152/callback',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      });
      await page.get(path === '/admin/authorize' ? `${path}?${desk.toString()}` : path);
      return { ...atPage(person), run: () => page.submit(path, { email: person.email, password }) };
    },
  })),
  {
    route: 'POST /admin/sign-in/code',
    tells: ['admin.second_factor_changed', 'admin.signed_in'],
    async prepare(scene, from) {
      const person = await scene.addAdmin();
      const page = await scene.atAccount(from, person.email);
      const code = await beginAuthenticator(page, scene);
      const { body } = await page.submit(`${account}/authenticator/confirm`, { code });
      const recovery = /([a-z2-9]{4}(?:-[a-z2-9]{4}){3})/.exec(body)?.[1] ?? '';
      const second = scene.browser(from);
      await second.get('/admin/sign-in');
      await second.submit('/admin/sign-in', { email: person.email, password });
      return { ...atPage(person), run: () => second.submit('/admin/sign-in/code', { code: recovery }) };
    },
  },
  {
    route: 'POST /admin/sign-in/passkey-options',
    tells: [],
    async prepare({ browser }, from) {
      const page = browser(from);
      await page.get('/admin/sign-in');
      return { actor: '', device: null, run: () => page.submit('/admin/sign-in/passkey-options') };
    },
  },
  {
    route: 'POST /admin/sign-in/passkey',
    tells: ['admin.signed_in'],
    async prepare(scene, from) {
      const person = await scene.addAdmin();
      const passkey = await addPasskey(scene, person, 0);
      const page = scene.browser(from);
      await page.get('/admin/sign-in');
      const form = page.fields();
      const options = await page.submit('/admin/sign-in/passkey-options');
      const challenge = /"challenge":"([^"]+)"/.exec(options.body)?.[1] ?? '';
      const fields = { ...form, passkey: passkey.answer(challenge) };
      return { ...atPage(person), run: () => page.submit('/admin/sign-in/passkey', fields) };
    },
  },
];

const factor = ['admin.second_factor_changed'];

const accountPage: readonly Act[] = [
  atAccount('/password', ['admin.password_changed'], async () => ({ password, next: 'another word 8' })),
  atAccount('/devices/revoke', ['device.revoked'], async (_page, { whole }, { id: adminId }) => {
    const device = crypto.randomUUID();
    const at = '2026-01-02T03:04:05.678Z';
    const times = { enrolledAt: at, seenAt: at, revokedAt: null };
    await whole.server.deps.db
      .insertInto('devices')
      .values({ id: device, adminId, name: 'old', scope: 'all', ...times })
      .execute();
    return { device };
  }),
  atAccount('/sessions/end', ['admin.sessions_ended'], async () => ({})),
  atAccount('/sign-out', ['admin.signed_out'], async () => ({})),
  atAccount('/continue', [], async () => ({})),
  atAccount('/authenticator', [], async () => ({ password })),
  atAccount('/authenticator/confirm', factor, async (page, scene) => ({
    code: await beginAuthenticator(page, scene),
  })),
  atAccount('/authenticator/off', factor, async (page, scene) => {
    await turnOn(page, scene);
    return { password };
  }),
  atAccount('/recovery-codes', factor, async (page, scene) => {
    await turnOn(page, scene);
    return { password };
  }),
  atAccount('/passkeys/options', [], async () => ({ password })),
  atAccount('/passkeys', factor, async (page) => {
    const form = page.fields();
    const { body } = await page.submit(`${account}/passkeys/options`, { password });
    const challenge = /"challenge":"([^"]+)"/.exec(body)?.[1] ?? '';
    return { ...form, name: 'key', passkey: createTestPasskey(publicUrl).attest(challenge) };
  }),
  atAccount('/passkeys/rename', factor, async (_page, scene, person) => {
    const { id } = await addPasskey(scene, person, 0);
    return { passkey: id, name: 'another' };
  }),
  atAccount('/passkeys/remove', factor, async (_page, scene, person) => {
    const { id } = await addPasskey(scene, person, 0);
    return { passkey: id, password };
  }),
];

export const pageActs: readonly Act[] = [...signingIn, ...accountPage];
