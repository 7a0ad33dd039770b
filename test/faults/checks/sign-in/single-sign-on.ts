/** Single sign-on: who is meant, and whether the answer is the one that was asked for. */
import type { TestBrowser } from '../../../../sync-server/admins/testing-browser.ts';
import type { Scene } from '../../../rights/scene.ts';
import { right, wrong, type Attempt } from './attempts.ts';
import type { Says, TestProvider } from './provider.ts';

interface Abroad {
  readonly page: TestBrowser;
  readonly state: string;
  readonly nonce: string;
}

async function goAbroad({ browser }: Scene, from: string): Promise<Abroad> {
  const page = browser(from);
  await page.get('/admin/sign-in');
  const { body } = await page.submit('/admin/sign-in/oidc');
  const address = (/content="0;url=([^"]+)"/.exec(body)?.[1] ?? '').replaceAll('&amp;', '&');
  const { searchParams } = new URL(address);
  return { page, state: searchParams.get('state') ?? '', nonce: searchParams.get('nonce') ?? '' };
}

/** Whether the account page is open after it. */
async function comeBack(page: TestBrowser, state: string, more = ''): Promise<boolean> {
  await page.get(`/admin/sign-in/oidc/callback?code=any&state=${encodeURIComponent(state)}${more}`);
  return (await page.get('/admin/account')).status === 200;
}

type Told = (email: string, subject: string) => Partial<Says>;

/** An admin comes back with what `told` makes of it. */
const told =
  (provider: TestProvider, says: Told, more = ''): Attempt['try'] =>
  async (scene, from) => {
    const { email, id } = await scene.addAdmin();
    const { page, state, nonce } = await goAbroad(scene, from);
    provider.say(nonce, { subject: id, email, verified: true, ...says(email, id) });
    return comeBack(page, state, more);
  };

const claims: readonly (readonly [string, Told])[] = [
  ['an address that the provider has not verified', () => ({ verified: false })],
  ['an address that is verified in words only', () => ({ verified: 'true' })],
  ['an address of nobody', () => ({ email: 'nobody@example.com' })],
  ['an answer to another question', () => ({ nonce: 'another' })],
  ['another provider’s word', () => ({ issuer: 'http://127.0.0.1:9' })],
  ['what was said to another client', () => ({ audience: 'another' })],
  ['what was said two hours ago', () => ({ expired: true })],
];

export const singleSignOnAttempts: readonly ((provider: TestProvider) => Attempt)[] = [
  (provider) =>
    right(
      'an admin with a verified address',
      told(provider, () => ({})),
    ),
  ...claims.map(
    ([what, says]) =>
      (provider: TestProvider): Attempt =>
        wrong(what, told(provider, says)),
  ),
  (provider) =>
    wrong(
      'an answer that names another provider',
      told(provider, () => ({}), '&iss=http%3A%2F%2F127.0.0.1%3A9'),
    ),
  (provider) =>
    wrong('an answer with the state of another browser', async (scene, from) => {
      const { email, id } = await scene.addAdmin();
      const [first, second] = [await goAbroad(scene, from), await goAbroad(scene, from)];
      provider.say(second.nonce, { subject: id, email, verified: true });
      return comeBack(second.page, first.state);
    }),
  (provider) =>
    wrong('an answer in a browser that did not ask', async (scene, from) => {
      const { email, id } = await scene.addAdmin();
      const { state, nonce } = await goAbroad(scene, from);
      provider.say(nonce, { subject: id, email, verified: true });
      return comeBack(scene.browser(from), state);
    }),
  (provider) =>
    wrong('somebody else who has got the address since', async (scene, from) => {
      const { email, id } = await scene.addAdmin();
      const first = await goAbroad(scene, from);
      provider.say(first.nonce, { subject: id, email, verified: true });
      await comeBack(first.page, first.state);
      const second = await goAbroad(scene, from);
      provider.say(second.nonce, { subject: `${id} the second`, email, verified: true });
      return comeBack(second.page, second.state);
    }),
];
