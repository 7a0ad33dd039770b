/** What the core needs from its surroundings, so that tests and simulations can bring their own. */
import { randomBytes } from 'node:crypto';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs once after `milliseconds`; the answer cancels it. Never keeps a process alive by itself. */
  after(milliseconds: number, run: () => void): () => void;
}

/** So many random bytes. */
export type Random = (bytes: number) => Uint8Array;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, run) => {
    // setTimeout wraps above 2^31 - 1 and would fire at once.
    const timer = setTimeout(run, Math.min(milliseconds, 0x7fffffff));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = (bytes) => randomBytes(bytes);

/** A number in [0, 1) from three random bytes. */
export function fraction(random: Random): number {
  const [a = 0, b = 0, c = 0] = random(3);
  return (a * 65_536 + b * 256 + c) / 16_777_216;
}

/** The clock's reading as the wire writes it. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
