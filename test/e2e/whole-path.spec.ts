/**
 * From sign-up to an enforced key, over every real boundary: the server and its database are killed between the steps,
 * the desk loses its network and its process, two admins disagree, and two gateways enforce what came of it.
 */
import { join } from 'node:path';
import { expect, test, type Browser } from '@playwright/test';
import { formBrowserSession } from '../support/sign-in-session.ts';
import { startKeyring, type Keyring } from '../support/keyring.ts';
import { browserDeveloper } from './scene/browser-developer.ts';
import { decideOn, openPage, row, startTestDesk, syncStatus, type TestDesk } from './scene/desk.ts';
import type { Developer } from './scene/developer.ts';
import {
  startHaproxy,
  startProxy,
  startUpstream,
  type TestGateway,
  type Upstream,
} from './scene/gateways.ts';
import { mailsTo } from './scene/mail.ts';
import { gateways as gatewayNames, writePortalFile } from './scene/portal-file.ts';
import { sdkDeveloper } from './scene/sdk-developer.ts';
import { startTestServer, type TestServer } from './scene/server.ts';

const screenshots = join(import.meta.dirname, 'screenshots');

interface Scene {
  readonly keyring: Keyring;
  readonly server: TestServer;
  readonly upstream: Upstream;
  readonly gateways: readonly TestGateway[];
  readonly desk: TestDesk;
  close(): Promise<void>;
}

async function setScene(browser: Browser): Promise<Scene> {
  const keyring = await startKeyring();
  const server = await startTestServer();
  const upstream = await startUpstream();
  await server.command('apply', await writePortalFile(server.dataDir, upstream.url));
  const gateways = await Promise.all([
    startProxy(server.url, await server.command('token', 'create', '--gateway', gatewayNames.proxy)),
    startHaproxy(server.url, await server.command('token', 'create', '--gateway', gatewayNames.haproxy)),
  ]);
  const desk = await startTestDesk(browser, server.port, keyring);
  return {
    keyring,
    server,
    upstream,
    gateways,
    desk,
    async close() {
      await desk.close();
      for (const gateway of gateways) await gateway.close();
      await upstream.close();
      await server.stop();
      await keyring.stop();
    },
  };
}

/** Every gateway answers the call with this status, within `timeout` milliseconds. */
async function expectCalls(
  gateways: readonly TestGateway[],
  key: string | null,
  status: number,
  timeout = 5_000,
): Promise<void> {
  await Promise.all(
    gateways.map(({ name, call }) =>
      expect.poll(() => call(key).catch(() => 0), { message: name, timeout, intervals: [20] }).toBe(status),
    ),
  );
}

for (const client of ['the portal in a browser', '@kong/sdk-portal-js'] as const) {
  test(`from sign-up to an enforced key, with ${client}`, async ({ browser }) => {
    test.setTimeout(300_000);
    const scene = await setScene(browser);
    const { server, desk, gateways } = scene;
    const at = { url: server.url, dataDir: server.dataDir };
    const mira: Developer =
      client === '@kong/sdk-portal-js'
        ? sdkDeveloper({ ...at, email: 'mira@nimbus.example', name: 'Mira Holm' })
        : await browserDeveloper(browser, {
            ...at,
            email: 'mira@nimbus.example',
            name: 'Mira Holm',
            screenshots,
          });
    const others = Array.from({ length: 20 }, (_, index) => {
      const number = String(index + 1).padStart(2, '0');
      return sdkDeveloper({ ...at, email: `dev${number}@example.com`, name: `Developer ${number}` });
    });
    const rejected = others.at(-1);
    const contested = others.slice(0, 2);
    if (!rejected) throw new Error('nobody to reject');

    try {
      await test.step('twenty-one developers sign up and confirm', async () => {
        await mira.signUp();
        for (const developer of others) await developer.signUp();
        await server.crash();
        await mira.confirm();
        for (const developer of others) await developer.confirm();
        await expect(mira.signIn(), 'an unapproved developer cannot sign in').rejects.toThrow();
      });

      await test.step('the desk has synced', async () => {
        await desk.signIn(server.firstAdmin.email, server.firstAdmin.password);
        await expect(syncStatus(desk.page)).toContainText('Synced');
        await expect(row(desk.page, mira.name)).toBeVisible();
        await expect(desk.page.getByRole('heading', { level: 1 })).toContainText('21');
      });

      await test.step('offline, twenty are approved in one batch and the last is rejected with a reason', async () => {
        await desk.cable.cut();
        await expect(syncStatus(desk.page)).toContainText('Offline');
        await decideOn(desk.page, rejected.name, /^Reject/);
        const dialog = desk.page.getByRole('dialog');
        await dialog.getByRole('textbox', { name: 'Reason' }).fill('We could not find this company.');
        await dialog.getByRole('button', { name: /^Reject/ }).click();
        await expect(row(desk.page, rejected.name)).toContainText(/Reject · (held|waiting)/);
        await desk.page.getByRole('button', { name: /^Select all/ }).click();
        await row(desk.page, rejected.name).getByRole('checkbox').click();
        await desk.page
          .getByRole('toolbar', { name: 'Selected requests' })
          .getByRole('button', { name: 'Approve 20' })
          .click();
        await expect(row(desk.page, mira.name)).toContainText(/Approve · (held|waiting)/);
        await expect(syncStatus(desk.page)).toContainText('Offline (21 pending)');
        await row(desk.page, mira.name).click();
        await desk.page.screenshot({ path: join(screenshots, 'desk.png') });
      });

      await test.step('the desk is killed and started again, still offline: all decisions are there', async () => {
        await desk.crash();
        await expect(syncStatus(desk.page)).toContainText('Offline (21 pending)');
        await expect(row(desk.page, mira.name)).toContainText('Approve · waiting');
        await openPage(desk.page, 'Outbox');
        await expect(desk.page.getByRole('table', { name: 'Outbox' }).getByRole('row')).toHaveCount(22);
      });

      await test.step('a second admin, online, rejects two of the twenty', async () => {
        const printed = await server.command(
          'admin',
          'add',
          'dana@example.com',
          '--role',
          'reviewer',
          '--name',
          'Dana',
        );
        await server.crash();
        const password = /once: (\S+)/.exec(printed)?.[1] ?? '';
        const dana = await formBrowserSession(server.url, { email: 'dana@example.com', password });
        const outcomes = await dana.rejectDevelopers(
          contested.map(({ email }) => email),
          'A competitor of ours.',
        );
        expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'applied']);
      });

      await test.step('the network returns: eighteen applied, two superseded with who, when and why, the reject applied', async () => {
        await desk.cable.mend();
        await expect(syncStatus(desk.page)).toContainText('Synced', { timeout: 30_000 });
        await openPage(desk.page, 'Needs attention');
        const cards = desk.page.getByRole('list', { name: 'Superseded decisions' }).getByRole('article');
        await expect(cards).toHaveCount(2);
        for (const { name } of contested) {
          const card = cards.filter({ hasText: name });
          await expect(card).toContainText('Decided otherwise');
          await expect(card).toContainText('Dana');
          await expect(card).toContainText('rejected it');
          await expect(card).toContainText('A competitor of ours.');
        }
        await desk.page.screenshot({ path: join(screenshots, 'superseded.png') });
        for (const { name } of contested) {
          await cards.filter({ hasText: name }).getByRole('button', { name: 'Accept theirs' }).click();
        }
        await expect(cards).toHaveCount(0);
        await openPage(desk.page, 'Outbox');
        await expect(desk.page.getByText('Everything has been answered')).toBeVisible();
      });

      await test.step('mails are out', async () => {
        const told = (developer: Developer): Promise<number> =>
          mailsTo(server.dataDir, developer.email).then(({ length }) => length);
        for (const developer of [mira, ...others])
          await expect.poll(() => told(developer), { message: developer.email }).toBe(3);
        const mails = await mailsTo(server.dataDir, rejected.email);
        expect(mails.at(-1)?.text).toContain('We could not find this company.');
      });

      const key =
        await test.step('application and access are asked for, approved, and a key is made', async () => {
          await mira.signIn();
          await mira.requestAccess('Tracker');
          await openPage(desk.page, 'Queue');
          await decideOn(desk.page, 'Tracker', /^Approve/);
          await decideOn(desk.page, 'Tracker → Mock API v1', /^Approve/);
          await expect(desk.page.getByRole('heading', { level: 1 })).toContainText('· 0', {
            timeout: 15_000,
          });
          return mira.generateKey();
        });

      await test.step('calls pass, through both gateways', async () => {
        await expectCalls(gateways, key, 200);
        await expectCalls(gateways, null, 401);
        await expectCalls(gateways, `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`, 401);
        await server.crash();
        await expectCalls(gateways, key, 200);
      });

      await test.step('offline, the connection is revoked; once the network is back calls answer 403 within a second', async () => {
        await expect(syncStatus(desk.page)).toContainText('Synced', { timeout: 30_000 });
        await openPage(desk.page, 'Registrations');
        await desk.cable.cut();
        await expect(syncStatus(desk.page)).toContainText('Offline');
        await decideOn(desk.page, 'Tracker → Mock API v1', /^Revoke/);
        await desk.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
        await expect(syncStatus(desk.page)).toContainText('Offline (1 pending)');
        await expectCalls(gateways, key, 200);
        await desk.cable.mend();
        await expect(syncStatus(desk.page)).not.toContainText('Offline', { timeout: 30_000 });
        await expectCalls(gateways, key, 403, 1_000);
      });

      await test.step('reinstated, calls pass again', async () => {
        await expect(syncStatus(desk.page)).toContainText('Synced');
        await decideOn(desk.page, 'Tracker → Mock API v1', /^Reinstate/);
        await expectCalls(gateways, key, 200);
      });

      await test.step('the key is deleted: 401, also after the gateways restart with the server down', async () => {
        await mira.deleteKey();
        await expectCalls(gateways, key, 401);
        await server.kill();
        for (const gateway of gateways) await gateway.restart();
        await expectCalls(gateways, key, 401);
        await server.crash();
        await expectCalls(gateways, key, 401);
      });
    } finally {
      await mira.close();
      await scene.close();
    }
  });
}
