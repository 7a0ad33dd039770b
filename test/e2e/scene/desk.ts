/** The desk as an admin has it: its own process behind a cable, its page in Chromium, its tokens in a keychain. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Browser, type Locator, type Page } from '@playwright/test';
import { z } from 'zod';
import { layCable, type Cable } from '../../support/cut.ts';
import type { Keyring } from '../../support/keyring.ts';
import { startCommand, type Started } from '../../support/processes.ts';

const readySchema = z.looseObject({ url: z.string() });

export interface TestDesk {
  readonly cable: Cable;
  readonly page: Page;
  /** SIGKILL, and a start; the page is opened anew. */
  crash(): Promise<void>;
  signIn(email: string, password: string): Promise<void>;
  close(): Promise<void>;
}

export async function startTestDesk(
  browser: Browser,
  serverPort: number,
  keyring: Keyring,
): Promise<TestDesk> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-desk-'));
  const cable = await layCable(() => serverPort);
  // Decisions rest for a second only, so that the test need not wait ten.
  const words = [
    'desk',
    '--server',
    cable.url,
    '--data-dir',
    dataDir,
    '--port',
    '0',
    '--no-open',
    '--hold',
    '1',
  ];
  const start = (): Promise<Started<z.infer<typeof readySchema>>> =>
    startCommand(words, readySchema, keyring.env);
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
  let running = await start();
  let page = await context.newPage();
  await page.goto(running.ready.url);
  return {
    cable,
    get page() {
      return page;
    },
    async crash() {
      await running.kill();
      await page.close();
      running = await start();
      page = await context.newPage();
      await page.goto(running.ready.url);
    },
    async signIn(email, password) {
      await page.getByRole('button', { name: 'Sign in' }).click();
      const link = page.getByRole('link', { name: 'Open the sign-in page here' });
      const [signInPage] = await Promise.all([context.waitForEvent('page'), link.click()]);
      await signInPage.getByLabel('E-mail').fill(email);
      await signInPage.getByLabel('Password').fill(password);
      await signInPage.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(signInPage.getByRole('heading', { name: 'Signed in' })).toBeVisible();
      await signInPage.close();
    },
    async close() {
      await context.close();
      await running.stop();
      await cable.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function syncStatus(page: Page): Locator {
  return page.getByRole('status', { name: 'Sync status' });
}

export function row(page: Page, title: string): Locator {
  return page.getByRole('grid', { name: 'Requests' }).getByRole('row', { name: title, exact: true });
}

/** The number that the sidebar or the status bar shows behind a name, e.g. `Outbox 21`. */
export async function openPage(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click();
}

/** Opens one request's detail and presses a button of its toolbar. */
export async function decideOn(page: Page, title: string, button: string | RegExp): Promise<void> {
  await row(page, title).click();
  await page
    .getByRole('toolbar', { name: `Decide about ${title}`, exact: true })
    .getByRole('button', { name: button })
    .click();
}
