/** The owner as a forked Node process, for the loopback host and for tests. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildPort } from './port.ts';

const entry = fileURLToPath(new URL('./owner.ts', import.meta.url));

/** Starts it. Values travel by structured clone, so that bytes stay bytes. */
export function launchOwner(): ChildPort {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    send: (message) => {
      if (typeof message === 'object' && message !== null) child.send(message, () => undefined);
    },
    onMessage: (listener) => child.on('message', listener),
    onClose: (listener) => {
      child.on('exit', listener);
      child.on('error', listener);
    },
    kill: () => child.kill('SIGKILL'),
  };
}
