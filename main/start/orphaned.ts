/**
 * Notices that `npm start` was told to stop where nobody passes it on: npm sends a SIGTERM on to the shell that it runs the
 * script in, and many a shell dies of it without its program. The shell does nothing but wait for this program, so its end
 * is the order to stop. Only there: whoever starts the program in another way may go and want it to stay.
 */
import { join } from 'node:path';
import process from 'node:process';

export interface Origin {
  /** The folder of package.json. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The parent's process id, at this moment. */
  readonly parent: () => number;
}

export const ownOrigin = (root: string): Origin => ({ root, env: process.env, parent: () => process.ppid });

const everyMilliseconds = 500;

/** Resolves once this package's `npm start` is gone; never where that did not start it. Keeps no process alive. */
export function untilOrphaned({ root, env, parent }: Origin): Promise<void> {
  return new Promise((resolve) => {
    const byNpm =
      env['npm_lifecycle_event'] === 'start' && env['npm_package_json'] === join(root, 'package.json');
    if (!byNpm) return;
    const first = parent();
    const timer = setInterval(() => {
      if (parent() === first) return;
      clearInterval(timer);
      resolve();
    }, everyMilliseconds);
    timer.unref();
  });
}
