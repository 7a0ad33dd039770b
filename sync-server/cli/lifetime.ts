/** How long a command that serves goes on: until it is told to stop, or a part of it fails. */
import { z } from 'zod';

/** What a serving command says to the program that started it, where that one listens (`npm start`). */
export function sayReady(message: Readonly<Record<string, unknown>>): void {
  process.send?.({ t: 'ready', ...message });
}

const stopSchema = z.object({ t: z.literal('stop') });

/**
 * Resolves at SIGINT or SIGTERM; and under a parent that listens, when it says so or is gone, so that nothing outlives
 * it. Then SIGINT is the parent's to act on: a terminal's Ctrl+C goes to all of them at once, and it stops them in order.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve();
    };
    const started = process.send !== undefined;
    process.on('SIGTERM', stop);
    process.on('SIGINT', started ? () => undefined : stop);
    if (!started) return;
    if (!process.connected) resolve();
    process.once('disconnect', stop);
    process.on('message', (message) => {
      if (stopSchema.safeParse(message).success) stop();
    });
  });
}

/** Lets a process end that still has its parent's channel open. */
export function letGo(): void {
  if (process.connected) process.disconnect();
}
