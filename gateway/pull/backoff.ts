/** Waiting between attempts: longer with each failure, and never in step with other gateways. */
import { setTimeout as delay } from 'node:timers/promises';

const first = 50;
const most = 2_000;

/** Milliseconds before attempt `failures + 1`: up to 50 ms after the first failure, up to 2 s in the long run. */
export function backoff(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(most, first * 2 ** Math.min(failures - 1, 16));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Resolves after the time, or at once when the signal is aborted. */
export async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
