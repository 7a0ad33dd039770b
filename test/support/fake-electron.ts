/**
 * Stands in for `electron` in unit tests (see the alias in vitest.config.ts). It records what the shell registers,
 * so that a test can send a message as a page would and look at windows without a display.
 */
import { EventEmitter } from 'node:events';

type Handler = (event: unknown, ...args: unknown[]) => unknown;

/** Handlers given to `ipcMain.handle`, by channel: a test calls them as a page's `invoke` would. */
export const ipcHandlers = new Map<string, Handler>();

/** Options of every window opened since the last `reset`. */
export const windows: FakeWindow[] = [];

class FakeApp extends EventEmitter {
  readonly isPackaged = false;
  whenReady = (): Promise<void> => Promise.resolve();
  requestSingleInstanceLock = (): boolean => true;
  getPath = (name: string): string => `/fake/${name}`;
  getVersion = (): string => '0.0.0';
  getName = (): string => 'Gatehouse';
  setName = (): void => {};
  enableSandbox = (): void => {};
  quit(): void {
    this.emit('will-quit');
  }
  exit = (): void => {};
}

class FakeWebContents extends EventEmitter {
  readonly sent: { channel: string; args: unknown[] }[] = [];
  windowOpenHandler: unknown;
  send(channel: string, ...args: unknown[]): void {
    this.sent.push({ channel, args });
  }
  setWindowOpenHandler(handler: unknown): void {
    this.windowOpenHandler = handler;
  }
}

class FakeWindow extends EventEmitter {
  readonly webContents = new FakeWebContents();
  readonly options: unknown;
  url = '';
  constructor(options: unknown) {
    super();
    this.options = options;
    windows.push(this);
  }
  loadURL(url: string): Promise<void> {
    this.url = url;
    return Promise.resolve();
  }
  isDestroyed = (): boolean => false;
  show = (): void => {};
  focus = (): void => {};
  close(): void {
    this.emit('closed');
  }
  static getAllWindows = (): FakeWindow[] => windows;
}

class FakeIpcMain extends EventEmitter {
  handle(channel: string, handler: Handler): void {
    ipcHandlers.set(channel, handler);
  }
  removeHandler(channel: string): void {
    ipcHandlers.delete(channel);
  }
}

/** Forgets windows and handlers; for `beforeEach`. */
export function reset(): void {
  ipcHandlers.clear();
  windows.length = 0;
  app.removeAllListeners();
  ipcMain.removeAllListeners();
}

export const app = new FakeApp();
export const ipcMain = new FakeIpcMain();
export const BrowserWindow = FakeWindow;
export const Menu = { buildFromTemplate: (template: unknown) => template, setApplicationMenu: () => {} };
export const shell = { openExternal: () => Promise.resolve() };
export const protocol = { registerSchemesAsPrivileged: () => {}, handle: () => {} };
export const session = {
  defaultSession: {
    setPermissionRequestHandler: () => {},
    setPermissionCheckHandler: () => {},
    webRequest: { onHeadersReceived: () => {} },
  },
};
