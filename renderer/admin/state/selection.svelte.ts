/** Which requests are ticked. It holds references, not rows: "all" reaches further than what is loaded. */
import type { QueueRow, RequestRef } from '../../../domain/desk/rows.ts';
import { keyOf } from './keys.ts';
import { ranged, tickedFrom, toggled, type Ticked } from './ticked.ts';

export interface Selection {
  readonly refs: readonly RequestRef[];
  readonly size: number;
  has(ref: RequestRef): boolean;
  toggle(row: QueueRow): void;
  /** Ticks everything from where the range began, the last row ticked alone, to this place. */
  extendTo(rows: readonly QueueRow[], place: number, from: number): void;
  /** Takes exactly these. */
  replace(refs: readonly RequestRef[]): void;
  clear(): void;
}

export function createSelection(): Selection {
  let chosen: Ticked = $state.raw(tickedFrom([]));
  /** Where a range starts. */
  let origin: string | null = null;
  /** What the range has ticked so far, to be given back when it shrinks. */
  let covered: readonly string[] = [];

  function startAt(key: string | null): void {
    origin = key;
    covered = [];
  }

  return {
    get refs() {
      return [...chosen.values()];
    },
    get size() {
      return chosen.size;
    },
    has: (ref) => chosen.has(keyOf(ref)),
    toggle(row) {
      chosen = toggled(chosen, row);
      startAt(keyOf(row));
    },
    extendTo(rows, place, from) {
      const start = rows.findIndex((row) => keyOf(row) === origin);
      const begin = start === -1 ? from : start;
      if (start === -1) startAt(rows[from] ? keyOf(rows[from]) : null);
      const within = rows.slice(Math.min(begin, place), Math.max(begin, place) + 1);
      chosen = ranged(chosen, covered, within);
      covered = within.map(keyOf);
    },
    replace(refs) {
      chosen = tickedFrom(refs);
      startAt(null);
    },
    clear() {
      chosen = tickedFrom([]);
      startAt(null);
    },
  };
}
