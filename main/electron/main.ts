/** The desk under Electron: a thin shell around the same core that the loopback host serves. */
import { app, dialog, Menu, session, shell } from 'electron';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { openDesk, type OpenDesk } from '../core/desk.ts';
import { systemClock, systemRandom } from '../core/ports.ts';
import { openSecrets } from '../core/session/secrets.ts';
import { serveWindow } from './ipc.ts';
import { menuTemplate } from './menu.ts';
import { launchUtility } from './owner.ts';
import { declareScheme, handleScheme } from './pages.ts';
import { openWindow } from './window.ts';
import { parseSettings, type ShellSettings } from './settings.ts';

const pages: readonly string[] = [adminPaths.authorize, adminPaths.account];

/** The server's pages for signing in and for one's account are the only addresses that ever leave for the browser. */
export async function openPage(server: string, address: string): Promise<boolean> {
  const url = URL.parse(address);
  if (url?.origin !== new URL(server).origin || !pages.includes(url.pathname)) return false;
  await shell.openExternal(url.href);
  return true;
}

function lockDown(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
}

async function openCore(settings: ShellSettings): Promise<OpenDesk> {
  const { server, dataDir, hold } = settings;
  return openDesk({
    dataDir,
    server,
    hold,
    clock: systemClock,
    random: systemRandom,
    secrets: await openSecrets(Buffer.from(systemRandom(8)).toString('hex')),
    launch: () => launchUtility(join(import.meta.dirname, 'owner.js')),
    openBrowser: (url) => openPage(server, url),
    deviceName: hostname(),
  });
}

/** Starts the shell; the answer closes it in order. */
export async function start(settings: ShellSettings): Promise<() => Promise<void>> {
  app.enableSandbox();
  declareScheme();
  await app.whenReady();
  lockDown();
  handleScheme(join(import.meta.dirname, '../renderer'));
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));
  const desk = await openCore(settings);
  const window = openWindow(join(import.meta.dirname, '../preload/preload.cjs'));
  const stop = serveWindow(window, desk);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    stop();
    return (closing ??= desk.close());
  };
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    if (closing) return;
    // The copy is closed in order first; then quitting goes on.
    event.preventDefault();
    void close().finally(() => app.quit());
  });
  return close;
}

/** One clear line, in the window that there is not yet. */
function explain(error: unknown): void {
  const { message, mend } =
    error instanceof GatehouseError ? error.failure : { message: String(error), mend: 'Start it again.' };
  dialog.showErrorBox('Gatehouse', `${message}\n${mend}`);
  app.exit(1);
}

if (process.versions.electron !== undefined) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
  start(parseSettings(process.env)).catch(explain);
}
