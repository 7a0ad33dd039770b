/** The number of a new epoch. */

const origin = Date.UTC(2026, 0, 1);
const minute = 60_000;

/**
 * Above every epoch that is known. Where some are not known any more (a machine and its log of closings are lost, and the
 * same backup is restored again), the time makes it another one than the last restore's: the minutes since 2026 rise
 * faster than anybody restores.
 */
export function freshEpoch(known: readonly number[], now: number): number {
  return Math.max(...known.map((epoch) => epoch + 1), Math.floor((now - origin) / minute));
}
