/** Wakes when the next hold ends. */
import type { Journal } from '../journal/journal.ts';
import { isReleased } from '../journal/state.ts';
import type { Clock } from '../ports.ts';

export interface Releases {
  /** After the journal changed. */
  refresh(): void;
  stop(): void;
}

export function watchReleases(
  journal: Pick<Journal, 'unanswered'>,
  clock: Clock,
  onRelease: () => void,
): Releases {
  let cancel = (): void => undefined;
  let due = Infinity;
  /** The last look: a clock that shows less by now was set back. */
  let since = -Infinity;

  const refresh = (): void => {
    cancel();
    const now = clock.now();
    // Also where the timer is late, or the clock was set: whoever looks first tells of it, and nothing waits in vain.
    const ended = due <= now || now < since;
    since = now;
    due = Infinity;
    for (const entry of journal.unanswered.values()) {
      if (!entry.sent && !isReleased(entry, now)) due = Math.min(due, entry.releaseAt);
    }
    if (due !== Infinity) cancel = clock.after(due - now, refresh);
    if (ended) onRelease();
  };
  refresh();
  return { refresh, stop: () => cancel() };
}
