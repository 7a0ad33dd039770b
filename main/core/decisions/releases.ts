/** Wakes when the next hold ends. */
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../ports.ts';

export interface Releases {
  /** After the journal changed. */
  refresh(): void;
  stop(): void;
}

export function watchReleases(journal: Journal, clock: Clock, onRelease: () => void): Releases {
  let cancel = (): void => undefined;
  const refresh = (): void => {
    cancel();
    const now = clock.now();
    let next = Infinity;
    for (const { sent, releaseAt } of journal.unanswered.values()) {
      if (!sent && releaseAt > now) next = Math.min(next, releaseAt);
    }
    if (next === Infinity) return;
    cancel = clock.after(next - now, () => {
      onRelease();
      refresh();
    });
  };
  refresh();
  return { refresh, stop: () => cancel() };
}
