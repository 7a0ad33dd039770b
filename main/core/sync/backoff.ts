/** How long to wait before the next attempt: doubling from 0.2 s to 15 s, spread so that desks do not come all at once. */
import { fraction, type Random } from '../ports.ts';

const first = 200;
const longest = 15_000;

/** Milliseconds before attempt number `failures` + 1: between half and all of the doubled time. */
export function backoff(failures: number, random: Random): number {
  const whole = Math.min(longest, first * 2 ** Math.min(failures - 1, 20));
  return Math.max(first, whole * (0.5 + fraction(random) / 2));
}
