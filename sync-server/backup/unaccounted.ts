/** Which closings an older database does not know of, and what each row came to in the end. */
import { holdsCursor } from '../../domain/lineage.ts';
import type { ClosedRow } from '../closings/closed.ts';
import type { Closing } from '../closings/lines.ts';
import type { BackupManifest } from './manifest.ts';

type State = Pick<BackupManifest, 'epoch' | 'seq' | 'lineage'>;

/**
 * A closing is accounted for where the history holds its commit, or where a later epoch of it began with all closings
 * known until then: whoever reinstated something after that restore did it knowingly.
 */
function isAccounted({ epoch, seq, lineage }: State, closing: Closing): boolean {
  if (lineage.some((start) => start.epoch > closing.epoch && start.closingsReplayed)) return true;
  return holdsCursor(lineage, closing) && (closing.epoch < epoch || closing.seq <= seq);
}

/** The last word on each row that was closed, in the order in which they were closed; what was deleted stays so. */
export function unaccounted(state: State, closings: readonly Closing[]): ClosedRow[] {
  const words = new Map<string, ClosedRow>();
  for (const closing of closings) {
    if (isAccounted(state, closing)) continue;
    for (const row of closing.closed) {
      const key = `${row.kind} ${row.id}`;
      const before = words.get(key);
      if (before?.gone) continue;
      words.delete(key);
      words.set(key, row);
    }
  }
  return [...words.values()];
}
