/** All that a page of the shell can reach: the desk's calls and events, the same as over loopback. */
import { contextBridge, ipcRenderer } from 'electron';
import type { Desk } from '../../domain/desk/api.ts';
import { eventChannel, invokeChannel } from './channels.ts';

const desk: Desk = {
  invoke: (call, input) => ipcRenderer.invoke(invokeChannel, call, input),
  subscribe: (event, listener) => {
    const hear = (_: unknown, name: string, payload: Parameters<typeof listener>[0]): void => {
      if (name === event) listener(payload);
    };
    ipcRenderer.on(eventChannel, hear);
    return () => void ipcRenderer.off(eventChannel, hear);
  },
};

contextBridge.exposeInMainWorld('gatehouse', desk);
