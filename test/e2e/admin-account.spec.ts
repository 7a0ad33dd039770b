/** Admins' second factors in a real browser: an authenticator, recovery codes, and passkeys of a virtual authenticator. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page, type Request } from '@playwright/test';
import { codeAt, stepAt } from '../../sync-server/admins/factors/totp.ts';
import { startTestServer, type TestServer } from './scene/server.ts';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const password = 'the long word of Dana';

/** What an authenticator app does with the key that people type into it. */
function secretOf(key: string): Buffer {
  const bits = [...key.replace(/\s/g, '')].map((letter) =>
    base32.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

async function enterPassword(page: Page, server: TestServer, given: string): Promise<void> {
  await page.goto(`${server.url}/admin/sign-in`);
  await page.getByLabel('E-mail').fill(server.firstAdmin.email);
  await page.getByLabel('Password').fill(given);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
}

/** The very request that signed in, cookie and all, signs nobody in again. */
async function replay(page: Page, request: Request): Promise<void> {
  const answer = await page.context().request.post(request.url(), {
    headers: await request.allHeaders(),
    data: request.postData() ?? '',
    maxRedirects: 0,
  });
  expect([answer.status(), await answer.text()]).toEqual([403, expect.stringContaining('Start again')]);
}

/** In both themes; set SHOTS to a folder to look at them. */
async function inspect(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const folder = process.env['SHOTS'];
    if (folder) await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, fullPage: true });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
}

test('an admin changes the password, and signs in with an authenticator, a recovery code and passkeys', async ({
  page,
}) => {
  const server = await startTestServer();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A wrong code is answered 401, which Chromium notes.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  const account = page.getByRole('heading', { name: 'Your account' });
  const oneMoreStep = page.getByRole('heading', { name: 'One more step' });
  try {
    await page.goto(`${server.url}/admin/account`);
    await inspect(page, 'sign-in');
    await enterPassword(page, server, 'wrong');
    await expect(page.getByRole('alert')).toHaveText('E-mail or password is wrong.');
    await inspect(page, 'sign-in-wrong');
    await enterPassword(page, server, server.firstAdmin.password);
    await expect(account).toBeVisible();

    await page.getByLabel('Your password now').fill(server.firstAdmin.password);
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByRole('status')).toContainText('Your password is changed');

    await page.getByLabel('Your password', { exact: true }).first().fill(password);
    await page.getByRole('button', { name: 'Set up' }).click();
    const secret = secretOf(await page.locator('.secret').innerText());
    await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible();
    await inspect(page, 'authenticator');
    let step = stepAt(Date.now());
    await page.getByLabel('Code that the app shows now').fill(codeAt(secret, step));
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
    const codes = await page.locator('.codes code').allInnerTexts();
    expect(codes).toHaveLength(10);
    await inspect(page, 'recovery-codes');
    await page.getByRole('link', { name: 'I have stored them' }).click();
    await expect(page.getByText('10 left')).toBeVisible();
    await signOut(page);

    await enterPassword(page, server, password);
    await expect(oneMoreStep).toBeVisible();
    await inspect(page, 'second-factor');
    await page.getByLabel('Six-digit code').fill(codeAt(secret, step));
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.getByRole('alert').first()).toContainText('was used already');
    step = Math.max(stepAt(Date.now()), step + 1);
    await page.getByLabel('Six-digit code').fill(codeAt(secret, step));
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(account).toBeVisible();
    await signOut(page);

    await enterPassword(page, server, password);
    await page.getByText('I cannot use my authenticator now').click();
    await page.getByLabel('Recovery code').fill(codes[0] ?? '');
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await expect(page.getByText('9 left')).toBeVisible();

    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.getByLabel('Name of the new passkey').fill('Laptop');
    await page.locator('#password-passkey').fill('wrong');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('alert')).toContainText('not your password');
    await page.locator('#password-passkey').fill(password);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('status')).toContainText('ready to use');
    await inspect(page, 'account');
    await signOut(page);

    const proving = page.waitForRequest((request) => request.url().endsWith('/admin/sign-in/passkey'));
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(account).toBeVisible();
    await expect(page.getByText('Last used')).toBeVisible();
    await replay(page, await proving);
    await signOut(page);

    await enterPassword(page, server, password);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(account).toBeVisible();

    await page.getByText('Change', { exact: true }).click();
    await page.locator('#password-passkey-0').fill(password);
    await page.getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('status')).toContainText('The passkey is removed');
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page.getByRole('alert').first()).toContainText('does not belong to an account');
    expect(complaints).toEqual([]);
  } finally {
    await server.stop();
  }
});
