/** Second factors: codes that are used, old or another's; passkeys that prove nothing; setting one up. */
import { secretOn } from '../../../../sync-server/admins/testing-browser.ts';
import { codeAt, stepAt } from '../../../../sync-server/admins/factors/totp.ts';
import { createTestPasskey, type Otherwise } from '../../../../sync-server/admins/testing-passkey.ts';
import { addPasskey } from '../../../rights/passkey.ts';
import { afterPassword, enter, present, right, withAuthenticator, wrong, type Attempt } from './attempts.ts';

const code =
  (steps: number): Attempt['try'] =>
  async (scene, from) => {
    const dana = await withAuthenticator(scene);
    return enter(await afterPassword(scene, from, dana.person), dana.code(steps));
  };

const codes: readonly Attempt[] = [
  right('the present code of an authenticator', code(0)),
  right('the code before it', code(-1)),
  wrong('a code of a minute ago', code(-2)),
  wrong('a code of a minute to come', code(2)),
  wrong('a code that was used already', async (scene, from) => {
    const { person, code } = await withAuthenticator(scene);
    await enter(await afterPassword(scene, from, person), code(0));
    return enter(await afterPassword(scene, from, person), code(0));
  }),
  wrong('another admin’s code', async (scene, from) => {
    const { person } = await withAuthenticator(scene);
    const { code } = await withAuthenticator(scene);
    return enter(await afterPassword(scene, from, person), code(0));
  }),
  wrong('a recovery code that was used already', async (scene, from) => {
    const { person, recovery } = await withAuthenticator(scene);
    const [one = ''] = recovery;
    await enter(await afterPassword(scene, from, person), one);
    return enter(await afterPassword(scene, from, person), one);
  }),
  wrong('another admin’s recovery code', async (scene, from) => {
    const { person } = await withAuthenticator(scene);
    const { recovery } = await withAuthenticator(scene);
    return enter(await afterPassword(scene, from, person), recovery[0] ?? '');
  }),
  wrong('the right code after too many wrong ones', async (scene, from) => {
    const { person, code } = await withAuthenticator(scene);
    for (let n = 0; n < 10; n++) await enter(await afterPassword(scene, `${from}${n}`, person), 'xxxxxx');
    return enter(await afterPassword(scene, from, person), code(0));
  }),
];

const passkey =
  (otherwise: Otherwise): Attempt['try'] =>
  async (scene, from) => {
    const key = await addPasskey(scene, await scene.addAdmin());
    const page = scene.browser(from);
    await page.get('/admin/sign-in');
    return present(page, (challenge) => key.answer(challenge, key, { count: 8, ...otherwise }));
  };

const passkeys: readonly Attempt[] = [
  right('a passkey', passkey({})),
  wrong('a passkey for another page', passkey({ origin: 'http://localhost:8081' })),
  wrong('a passkey of another party', passkey({ party: 'evil.example' })),
  wrong('a passkey whose user nobody has verified', passkey({ verified: false })),
  wrong('a copy of a passkey that counts less', passkey({ count: 3 })),
  wrong('a passkey signed by another key', async (scene, from) => {
    const key = await addPasskey(scene, await scene.addAdmin());
    const page = scene.browser(from);
    await page.get('/admin/sign-in');
    const other = createTestPasskey('http://localhost:8080');
    return present(page, (challenge) => key.answer(challenge, other, { count: 8 }));
  }),
  wrong('an answer to the challenge of another browser', async (scene, from) => {
    const key = await addPasskey(scene, await scene.addAdmin());
    let seen = '';
    const other = scene.browser(from);
    await other.get('/admin/sign-in');
    await present(other, (challenge) => (seen = challenge));
    const page = scene.browser(from);
    await page.get('/admin/sign-in');
    return present(page, () => key.answer(seen, key, { count: 8 }));
  }),
  wrong('another admin’s passkey behind one’s own password', async (scene, from) => {
    const own = await scene.addAdmin();
    await addPasskey(scene, own);
    const key = await addPasskey(scene, await scene.addAdmin());
    const page = await afterPassword(scene, from, own);
    return present(page, (challenge) => key.answer(challenge, key, { count: 8 }));
  }),
];

export const factorAttempts: readonly Attempt[] = [...codes, ...passkeys];

/** On a server that wants a second factor of everybody. */
export const enrolmentAttempts: readonly Attempt[] = [
  wrong('the password alone, once somebody else has set the second factor up', async (scene, from) => {
    const person = await scene.addAdmin();
    const stranger = await afterPassword(scene, from, person);
    await stranger.get('/admin/account');
    const owner = await afterPassword(scene, from, person);
    await owner.get('/admin/account');
    const secret = secretOn(await owner.submit('/admin/account/authenticator'));
    const first = codeAt(secret, stepAt(scene.clock()));
    await owner.submit('/admin/account/authenticator/confirm', { code: first });
    const { location } = await stranger.submit('/admin/account/continue');
    return location !== '/admin/sign-in';
  }),
  wrong('the password alone', async (scene, from) => {
    const page = await afterPassword(scene, from, await scene.addAdmin());
    await page.get('/admin/account');
    return (await page.submit('/admin/account/continue')).status === 303;
  }),
];
