/**
 * Tells this process that the change log has grown: feeds, long polls, whatever sends mails and webhooks. A wake-up carries
 * no data, so one that is missed or doubled costs nothing; the log itself is always read.
 */
import { createNotices, type Notices } from './notices.ts';

export interface Wake {
  /** The highest seq that this process has heard of. */
  seq(): number;
  /** Says that the log reaches `seq`. Lower numbers are old news. */
  readonly notify: (seq: number) => void;
  /**
   * Settles once the log reaches beyond `after`, when `milliseconds` have passed or when `signal` aborts; look at
   * `seq()` to tell which.
   */
  wait(after: number, milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `listener` at every growth; returns the way to stop. */
  subscribe(listener: (seq: number) => void): () => void;
  /** Beside the log: sessions that may have changed. */
  readonly sessions: Notices;
}

export function createWake(start = 0): Wake {
  let latest = start;
  const listeners = new Set<(seq: number) => void>();

  function subscribe(listener: (seq: number) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    seq: () => latest,
    subscribe,
    sessions: createNotices(),
    notify(seq) {
      if (seq <= latest) return;
      latest = seq;
      for (const listener of [...listeners]) listener(seq);
    },
    wait(after, milliseconds, signal) {
      if (latest > after || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          unsubscribe();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        const unsubscribe = subscribe((seq) => {
          if (seq > after) done();
        });
        signal?.addEventListener('abort', done, { once: true });
      });
    },
  };
}
