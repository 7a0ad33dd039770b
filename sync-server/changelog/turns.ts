/**
 * A few at a time, the others in the order in which they came. Commits wait for one another at the head of the log anyway:
 * were all of a crowd to wait there, each with a connection of its own, none would be left for those who only read.
 */
import { GatehouseError } from '../../domain/errors.ts';

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly since: number;
  readonly go: () => void;
  readonly giveUp: () => void;
}

/**
 * `most` at a time. Throws `unavailable` for one that has waited for `patience` milliseconds in which nothing got done: a
 * long line that moves is no reason to turn anybody away.
 */
export function openTurns(most: number, patience: number): Turns {
  const line = new Set<Waiting>();
  let working = 0;
  let moved = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  /** The first in line has waited longest; where it may wait on, so may all. */
  function look(): void {
    clearTimeout(timer);
    const now = performance.now();
    for (const waiting of line) {
      const left = Math.max(waiting.since, moved) + patience - now;
      if (left > 0) {
        timer = setTimeout(look, left);
        return;
      }
      line.delete(waiting);
      waiting.giveUp();
    }
  }

  function place(): Promise<void> {
    if (working < most) {
      working += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new GatehouseError('unavailable'));
      line.add({ since: performance.now(), go: resolve, giveUp });
      if (line.size === 1) look();
    });
  }

  /** Hands the place on, or gives it back. */
  function leave(): void {
    const [next] = line;
    if (!next) {
      working -= 1;
      return;
    }
    line.delete(next);
    next.go();
    look();
  }

  return async (work) => {
    await place();
    try {
      const result = await work();
      moved = performance.now();
      return result;
    } finally {
      leave();
    }
  };
}
