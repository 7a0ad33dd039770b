/** A developer at the portal's own pages, in Chromium, reading the mail on the page that lists it in development. */
import { join } from 'node:path';
import { expect, type Browser } from '@playwright/test';
import type { Developer } from './developer.ts';

export async function browserDeveloper(
  browser: Browser,
  given: {
    readonly url: string;
    readonly email: string;
    readonly name: string;
    readonly screenshots: string;
  },
): Promise<Developer> {
  const { url, email, name, screenshots } = given;
  const password = 'correct horse battery staple';
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await context.newPage();
  const main = page.getByRole('main');
  const shot = (what: string): Promise<Buffer> =>
    page.screenshot({ path: join(screenshots, `portal-${what}.png`), fullPage: true });

  return {
    email,
    name,
    async signUp() {
      await page.goto(url);
      await page.getByRole('link', { name: 'Sign up' }).first().click();
      await page.getByLabel('Full name').fill(name);
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await main.getByRole('button', { name: 'Sign up' }).click();
      await expect(page.getByRole('heading', { level: 1 })).toContainText(/mail/i);
    },
    async confirm() {
      await page.goto(`${url}/dev/mail`);
      await page.getByRole('row').filter({ hasText: email }).getByRole('link').click();
      const link = page.getByRole('link', { name: /verify-email/ });
      await page.goto((await link.getAttribute('href')) ?? '');
      await page.getByRole('button', { name: 'Confirm my address' }).click();
      await expect(page.getByRole('heading', { name: 'Your address is confirmed' })).toBeVisible();
    },
    async signIn() {
      await page.goto(`${url}/sign-in`);
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await main.getByRole('button', { name: 'Sign in' }).click();
      const account = page.getByRole('button', { name: `Account of ${name}` });
      const refusal = page.getByRole('alert');
      await expect(account.or(refusal).first()).toBeVisible();
      if (await refusal.isVisible()) throw new Error(await refusal.innerText());
    },
    async requestAccess(application) {
      await page.goto(url);
      await shot('catalog');
      await page.getByRole('link', { name: 'Mock API' }).click();
      await page.getByRole('link', { name: 'Register' }).click();
      await page.getByLabel('Name').fill(application);
      await page.getByLabel('Description').fill('Follows every parcel.');
      await page.getByRole('button', { name: 'Create and request access' }).click();
      await expect(page.getByRole('heading', { level: 1 })).toContainText(application);
      await expect(page.getByRole('region', { name: 'Where it stands' })).toContainText('Admin');
      await shot('waiting');
    },
    async generateKey() {
      await page.reload();
      await page.getByRole('button', { name: 'Generate Credential' }).click();
      await page.getByLabel('Key name').fill('production');
      await page.getByRole('button', { name: 'Generate', exact: true }).click();
      const shown = page.getByTestId('api-key');
      await expect(shown).toBeVisible();
      await shot('new-key');
      const key = await shown.innerText();
      await page.getByRole('button', { name: 'I have stored it' }).click();
      await expect(shown).toHaveCount(0);
      await page.reload();
      await expect(page.getByRole('list', { name: 'Keys' })).toContainText(key.slice(-4));
      expect(await page.content(), 'a key is shown once').not.toContain(key);
      return key;
    },
    async deleteKey() {
      await page.getByRole('button', { name: 'Delete the key production' }).click();
      await page.getByRole('button', { name: 'Delete key' }).click();
      await expect(page.getByRole('list', { name: 'Keys' })).toHaveCount(0);
    },
    close: () => context.close(),
  };
}
