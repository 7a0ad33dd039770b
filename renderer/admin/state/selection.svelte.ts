/** Which requests are ticked. It holds references, not rows: "all" reaches further than what is loaded. */
import type { QueueRow, RequestRef } from '../../../domain/desk/rows.ts';
import { keyOf } from './keys.ts';

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
  let chosen: ReadonlyMap<string, RequestRef> = $state.raw(new Map());
  /** Where a range starts. */
  let origin: string | null = null;
  /** What the range has ticked so far, to be given back when it shrinks. */
  let ranged: readonly string[] = [];

  function startAt(key: string | null): void {
    origin = key;
    ranged = [];
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
      const key = keyOf(row);
      const next = new Map(chosen);
      if (!next.delete(key)) next.set(key, row);
      chosen = next;
      startAt(key);
    },
    extendTo(rows, place, from) {
      const start = rows.findIndex((row) => keyOf(row) === origin);
      const begin = start === -1 ? from : start;
      if (start === -1) startAt(rows[from] ? keyOf(rows[from]) : null);
      const next = new Map(chosen);
      for (const key of ranged) next.delete(key);
      const within = rows.slice(Math.min(begin, place), Math.max(begin, place) + 1);
      for (const row of within) next.set(keyOf(row), row);
      ranged = within.map(keyOf);
      chosen = next;
    },
    replace(refs) {
      chosen = new Map(refs.map((ref) => [keyOf(ref), ref]));
      startAt(null);
    },
    clear() {
      chosen = new Map();
      startAt(null);
    },
  };
}
