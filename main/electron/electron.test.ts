import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeskHandlers } from '../../domain/desk/api.ts';
import { failure } from '../../domain/errors.ts';
import { eventSource } from '../core/events.ts';
import { removeFolder, scratchFolder } from '../core/testing/desk.ts';
import { ipcHandlers, reset, windows } from '../../test/support/fake-electron.ts';
import { eventChannel, invokeChannel } from './channels.ts';
import { serveWindow } from './ipc.ts';
import { openPage } from './main.ts';
import { menuTemplate } from './menu.ts';
import { servePages } from './pages.ts';
import { parseSettings } from './settings.ts';
import { openWindow } from './window.ts';

const refused = { ok: false as const, failure: failure('signed_out') };
const calls: unknown[] = [];
const handlers: DeskHandlers = {
  'session.get': async () => refused,
  'session.signIn': async () => refused,
  'session.account': async () => refused,
  'session.signOut': async () => refused,
  'status.get': async () => refused,
  'queue.page': async () => refused,
  'queue.counts': async () => refused,
  'queue.select': async () => refused,
  'request.get': async () => refused,
  decide: async () => refused,
  undo: async (input) => {
    calls.push(input);
    return { ok: true, value: { undone: 1, tooLate: 0 } };
  },
  'outbox.list': async () => refused,
  'attention.list': async () => refused,
  'attention.resolve': async () => refused,
};
const batch = '00000000-0000-7000-8000-000000000001';

beforeEach(() => {
  reset();
  calls.length = 0;
});

/** An event as Electron gives it, from a frame at `url`. */
function from(url: string, main = true) {
  const senderFrame = { url };
  return { senderFrame, sender: { mainFrame: main ? senderFrame : { url: 'app://desk/index.html' } } };
}

test("only the window's main frame on our own origin is served", async () => {
  serveWindow(new BrowserWindow({}), { handlers, events: eventSource() });
  const invoke = ipcHandlers.get(invokeChannel);
  expect(await invoke?.(from('app://desk/index.html'), 'undo', { batch })).toMatchObject({ ok: true });
  const strangers = [
    from('app://desk/index.html', false),
    from('https://evil.example/'),
    from('app://desk.evil.example/'),
    from('app://other/'),
    from('file:///index.html'),
    { senderFrame: null, sender: { mainFrame: null } },
  ];
  for (const stranger of strangers) {
    expect(await invoke?.(stranger, 'undo', { batch })).toMatchObject({
      failure: { code: 'origin_refused' },
    });
  }
  expect(calls).toEqual([{ batch }]);
});

test('inputs are parsed and unknown calls refused, as data', async () => {
  serveWindow(new BrowserWindow({}), { handlers, events: eventSource() });
  const invoke = ipcHandlers.get(invokeChannel);
  const ours = from('app://desk/');
  expect(await invoke?.(ours, 'undo', { batch: 1 })).toMatchObject({ failure: { code: 'invalid_input' } });
  for (const call of ['nothing', '__proto__', 'constructor', 7, null]) {
    expect(await invoke?.(ours, call, {})).toMatchObject({ failure: { code: 'not_found' } });
  }
});

test('events reach the window until it is let go of', () => {
  const events = eventSource();
  const stop = serveWindow(new BrowserWindow({}), { handlers, events });
  const payload = { entities: [], outbox: true };
  events.emit('changed', payload);
  stop();
  events.emit('changed', payload);
  expect(windows[0]?.webContents.sent).toEqual([{ channel: eventChannel, args: ['changed', payload] }]);
  expect(ipcHandlers.size).toBe(0);
});

test('the window is sandboxed, and goes nowhere', () => {
  openWindow('/preload.cjs');
  const [window] = windows;
  expect(window?.options).toMatchObject({
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      preload: '/preload.cjs',
    },
  });
  expect(window?.url).toBe('app://desk/index.html');
  let stopped = 0;
  for (const event of ['will-navigate', 'will-redirect', 'will-attach-webview']) {
    window?.webContents.emit(event, { preventDefault: () => stopped++ });
  }
  expect(stopped).toBe(3);
  expect(window?.webContents.windowOpenHandler).toBeTypeOf('function');
});

test('only the pages for signing in and for the account leave for the browser', async () => {
  const server = 'http://localhost:4000';
  expect(await openPage(server, `${server}/admin/authorize?state=1`)).toBe(true);
  expect(await openPage(server, `${server}/admin/account`)).toBe(true);
  for (const address of [
    `${server}/admin/elsewhere`,
    `${server}/admin/account/devices/revoke`,
    'http://evil.example/admin/authorize',
    'file:///admin/authorize',
    'no address',
  ]) {
    expect(await openPage(server, address)).toBe(false);
  }
});

test('menus are of system roles, and settings say what is missing', () => {
  expect(menuTemplate('darwin')[0]).toEqual({ role: 'appMenu' });
  expect(menuTemplate('linux').map(({ label }) => label)).toEqual(['File', 'Edit', 'View', 'Window']);
  expect(() => parseSettings({ GATEHOUSE_SERVER: 'nonsense' })).toThrow();
  expect(parseSettings({ GATEHOUSE_SERVER: 'http://localhost:1', GATEHOUSE_DATA_DIR: '/data' })).toEqual({
    server: 'http://localhost:1',
    dataDir: '/data',
    hold: 10_000,
  });
});

let folder: string | null = null;
afterEach(async () => {
  if (folder) await removeFolder(folder);
  folder = null;
});

test('pages come from their own folder, with a policy that lets them talk to nobody', async () => {
  folder = await scratchFolder();
  await mkdir(join(folder, 'pages'));
  await writeFile(join(folder, 'pages/index.html'), '<!doctype html>');
  await writeFile(join(folder, 'secret'), 'secret');
  const pages = join(folder, 'pages');
  const index = await servePages(pages, 'app://desk/index.html');
  expect(index.headers.get('content-security-policy')).toContain("connect-src 'none'");
  for (const address of [
    'app://desk/%2e%2e/secret',
    'app://other/index.html',
    'app://desk/none.js',
    'nonsense',
  ]) {
    expect((await servePages(pages, address)).status).toBe(404);
  }
});
