/** Calls and events between the window and the core. Only the window's main frame, on our own origin, is listened to. */
import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import { deskEvents } from '../../domain/desk/api.ts';
import { failure, type Result } from '../../domain/errors.ts';
import type { OpenDesk } from '../core/desk.ts';
import { dispatch } from '../core/handlers/answer.ts';
import { eventChannel, invokeChannel } from './channels.ts';
import { appOrigin } from './pages.ts';

type Sender = Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>;

/** A frame inside the page, or a page that got here by navigation, is somebody else. */
export function fromOurPage({ senderFrame, sender }: Sender): boolean {
  if (!senderFrame || senderFrame !== sender.mainFrame) return false;
  return URL.parse(senderFrame.url)?.protocol === 'app:' && senderFrame.url.startsWith(`${appOrigin}/`);
}

/** Serves the handler table to the window; the answer ends it. */
export function serveWindow(window: BrowserWindow, desk: Pick<OpenDesk, 'handlers' | 'events'>): () => void {
  ipcMain.handle(invokeChannel, (event, call: unknown, input: unknown): Promise<Result<unknown>> => {
    if (!fromOurPage(event)) return Promise.resolve({ ok: false, failure: failure('origin_refused') });
    return dispatch(desk.handlers, call, input);
  });
  const stops = deskEvents.map((event) =>
    desk.events.subscribe(event, (payload) => {
      if (!window.isDestroyed()) window.webContents.send(eventChannel, event, payload);
    }),
  );
  return () => {
    ipcMain.removeHandler(invokeChannel);
    for (const stop of stops) stop();
  };
}
