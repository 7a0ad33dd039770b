/** PGlite's owner as a utility process: off the main process's thread, ended together with it. */
import { utilityProcess } from 'electron';
import type { ChildPort } from '../core/replica/port.ts';

/** Starts the built entry of the owner. */
export function launchUtility(entry: string): ChildPort {
  const child = utilityProcess.fork(entry, [], { serviceName: 'gatehouse-copy', stdio: 'inherit' });
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => child.on('message', listener),
    onClose: (listener) => child.on('exit', listener),
    kill: () => void child.kill(),
  };
}
