/** Time that passes only when the schedule says so; every machine reads it through a clock of its own. */
import type { Clock } from '../../main/core/ports.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

export interface VirtualTime {
  /** Milliseconds since 1970, as no machine but this simulation knows them. */
  now(): number;
  /** When the next timer ends, or null. */
  next(): number | null;
  /** Lets time pass; timers run in their order. */
  pass(milliseconds: number): void;
  /** A machine's clock, off by what `skew` says at each reading. Once `alive` is false nothing of it runs any more. */
  clock(skew: () => number, alive: () => boolean): Clock;
}

export function createTime(start: number): VirtualTime {
  let now = start;
  let count = 0;
  const timers = new Set<Timer>();

  const earliest = (): Timer | null => {
    let first: Timer | null = null;
    for (const timer of timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer;
    }
    return first;
  };

  return {
    now: () => now,
    next: () => earliest()?.due ?? null,
    pass(milliseconds) {
      // A machine that slept wakes with all that was due due at once: so nothing is run twice on the way.
      now += milliseconds;
      const due = [...timers].filter((timer) => timer.due <= now);
      due.sort((a, b) => a.due - b.due || a.order - b.order);
      for (const timer of due) if (timers.delete(timer)) timer.run();
    },
    clock: (skew, alive) => ({
      now: () => now + skew(),
      after: (milliseconds, run) => {
        const timer = {
          due: now + Math.max(0, milliseconds),
          order: count++,
          run: () => {
            if (alive()) run();
          },
        };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    }),
  };
}
