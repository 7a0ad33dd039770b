/** Notices a connection that owes something and is silent: a deadline that each sign of life moves on. */

export interface StallGuard {
  /** Aborted when the deadline passes, or with the outer signal. */
  readonly signal: AbortSignal;
  /** The next sign of life is due within so many seconds. */
  expect(seconds: number): void;
  /** Why the guard gave up, or null where it did not. */
  reason(): string | null;
  /** The exchange is over. */
  done(): void;
}

export function createStallGuard(outer: AbortSignal): StallGuard {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  let timer: NodeJS.Timeout | undefined;
  let stalled: string | null = null;
  if (outer.aborted) stop();
  outer.addEventListener('abort', stop, { once: true });

  return {
    signal: controller.signal,
    expect(seconds) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        stalled = `The connection was silent for ${seconds} s.`;
        stop();
      }, seconds * 1000);
    },
    reason: () => stalled,
    done() {
      clearTimeout(timer);
      outer.removeEventListener('abort', stop);
    },
  };
}
