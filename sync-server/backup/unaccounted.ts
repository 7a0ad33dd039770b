/** Which closings an older database does not know of, what each row came to in the end, and whether all are known. */
import type { Cursor } from '../../domain/cursor.ts';
import { holdsCursor } from '../../domain/lineage.ts';
import { endedKey, type Ended } from '../changelog/ended.ts';
import type { ClosedRow } from '../closings/closed.ts';
import type { Closing } from '../closings/lines.ts';
import type { KnownClosings } from '../closings/read.ts';
import type { BackupManifest } from './manifest.ts';

type State = Pick<BackupManifest, 'epoch' | 'seq' | 'lineage'>;

/**
 * A closing is accounted for where the history holds its commit, or where a later epoch of it began with all closings
 * known until then: whoever reinstated something after that restore did it knowingly.
 */
function isAccounted({ epoch, seq, lineage }: State, closing: Cursor): boolean {
  if (lineage.some((start) => start.epoch > closing.epoch && start.closingsReplayed)) return true;
  return holdsCursor(lineage, closing) && (closing.epoch < epoch || closing.seq <= seq);
}

export interface Unaccounted {
  /** The last word on each row that was closed, in the order in which they were closed; what was deleted stays so. */
  readonly rows: readonly ClosedRow[];
  /** Each secret that ended, once, in the order in which they did. */
  readonly ended: readonly Ended[];
}

export function unaccounted(state: State, closings: readonly Closing[]): Unaccounted {
  const words = new Map<string, ClosedRow>();
  const ended = new Map<string, Ended>();
  for (const closing of closings) {
    if (isAccounted(state, closing)) continue;
    for (const one of closing.ended ?? []) {
      // In the order of their last words: what was bound behind an end stays bound.
      ended.delete(endedKey(one));
      ended.set(endedKey(one), one);
    }
    for (const row of closing.closed) {
      const key = `${row.kind} ${row.id}`;
      const before = words.get(key);
      if (before?.gone) continue;
      words.delete(key);
      words.set(key, row);
    }
  }
  return { rows: [...words.values()], ended: [...ended.values()] };
}

/** The latest commit that closed something; null where nothing was. */
export function lastClosing({ closings }: KnownClosings): Cursor | null {
  const last = closings.at(-1);
  return last ? { epoch: last.epoch, seq: last.seq } : null;
}

/** From where on all files together hold everything; null where that is not known. */
export function completeSince({ files }: KnownClosings): Cursor | null {
  const starts = files.filter(({ lost }) => !lost).map(({ since }) => since);
  const gaps = files.filter(({ lost }) => lost).map(({ since }) => since);
  const sorted = (cursors: readonly (Cursor | null)[]): Cursor[] =>
    cursors.flatMap((cursor) => cursor ?? []).sort((a, b) => a.epoch - b.epoch || a.seq - b.seq);
  if (gaps.includes(null)) return null;
  return sorted([...sorted(starts).slice(0, 1), ...gaps]).at(-1) ?? null;
}

function isBehind(one: Cursor | null, other: Cursor): boolean {
  return one === null || one.epoch < other.epoch || (one.epoch === other.epoch && one.seq < other.seq);
}

/**
 * Why the closings after a backup are not all known; null where they are. `marks` name the last closing that a database
 * knew of: the backup, and the one that stands there now.
 */
export function whatIsMissing(
  state: State,
  known: KnownClosings | null,
  marks: readonly (Cursor | null)[],
): string | null {
  if (!known) return 'What was closed after the backup is not known here';
  const begins = (since: Cursor): boolean => since.seq === 0 || isAccounted(state, since);
  for (const { path, since, lost } of known.files) {
    if (since === null) return `${path} is not whole, its last lines or some between are missing`;
    if (lost && !begins(since)) return `${path} had lost lines that were written after the backup`;
  }
  if (!known.files.some(({ since }) => since !== null && begins(since))) {
    return 'The closings log begins after the backup';
  }
  const last = lastClosing(known);
  if (marks.some((mark) => mark !== null && isBehind(last, mark))) {
    return 'The closings log is older than what the database knew of, or that of another server is missing';
  }
  return null;
}
