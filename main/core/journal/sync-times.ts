/** How long the disk takes to make decisions safe: what an admin waits for before a decision shows. */
import type { SyncTimes } from '../../../domain/desk/rows.ts';

/** The last ones count. */
const kept = 500;

export interface KeptTimes {
  /** One sync took so long, in milliseconds. */
  note(milliseconds: number): void;
  /** Null before the first. */
  read(): SyncTimes | null;
}

export function createSyncTimes(): KeptTimes {
  const times: number[] = [];
  let next = 0;
  return {
    note(milliseconds) {
      times[next] = milliseconds;
      next = (next + 1) % kept;
    },
    read() {
      const sorted = [...times].sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
      return sorted.length === 0 ? null : { count: sorted.length, p50: at(0.5), p99: at(0.99) };
    },
  };
}
