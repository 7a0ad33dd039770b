/** What a verification found, and how it is told. */

export const breakKinds = [
  /** A column does not have the value that was sealed, or an entry was put in between. */
  'mutated',
  /** Entries are not there. */
  'deleted',
  /** Entries stand at another's place. */
  'reordered',
  /** The end is missing. */
  'truncated',
  /** The chain is whole, but not the one that a checkpoint attests. */
  'forked',
  /** Payload or context is gone without an erasure that says so. */
  'wiped',
  /** A checkpoint that its key did not sign. */
  'signature',
  /** A line, of the export or of the checkpoints, that cannot be read. */
  'damaged',
  /** A checkpoint that a later one builds on is not there. */
  'checkpoint_missing',
] as const;
export type BreakKind = (typeof breakKinds)[number];

export interface Break {
  readonly kind: BreakKind;
  /** Where in the log; for a damaged line its number. */
  readonly seq: number;
  /** The last entry concerned, where there are several. */
  readonly to?: number;
  readonly what: string;
}

export interface Report {
  readonly ok: boolean;
  /** Entries read, the first and the last. */
  readonly entries: number;
  readonly from: number;
  readonly to: number;
  /** Payloads and contexts that an erasure took out. */
  readonly erased: number;
  /** Checkpoints that agree, and the last entry that one of them attests (0: none). */
  readonly checkpoints: number;
  readonly attested: number;
  /** The first breaks, in the order of the log. */
  readonly breaks: readonly Break[];
  /** How many there are in all. */
  readonly broken: number;
  /** What is no break but worth knowing: a restore, no checkpoint at all. */
  readonly notes: readonly string[];
}

const shown = 20;

export interface Breaks {
  add(found: Break): void;
  /** Breaks found so far at this entry. */
  at(seq: number): Break | undefined;
  replace(seq: number, found: Break): void;
  list(): { readonly breaks: readonly Break[]; readonly broken: number };
}

/** Keeps the first breaks and counts all, so that a wholly broken log needs no memory. */
export function collectBreaks(): Breaks {
  const kept: Break[] = [];
  let broken = 0;
  return {
    add(found) {
      broken += 1;
      if (kept.length < shown) kept.push(found);
    },
    at: (seq) => kept.find((found) => found.seq === seq),
    replace(seq, found) {
      const index = kept.findIndex((one) => one.seq === seq);
      if (index >= 0) kept[index] = found;
    },
    list: () => ({ breaks: kept.toSorted((a, b) => a.seq - b.seq), broken }),
  };
}

/** One line a break, then the sum. */
export function describeReport(report: Report): string {
  const { breaks, broken, notes, entries, from, to, erased, checkpoints, attested } = report;
  const lines = breaks.map(({ kind, seq, to: last, what }) => {
    const place = last === undefined || last === seq ? String(seq) : `${seq}–${last}`;
    return `${kind} at ${place}: ${what}`;
  });
  if (broken > breaks.length) lines.push(`… and ${broken - breaks.length} more`);
  const range = entries === 0 ? 'no entries' : `${entries.toLocaleString('en')} entries (${from}–${to})`;
  const anchored =
    checkpoints === 0 ? 'no checkpoint' : `${checkpoints} checkpoints agree, up to ${attested}`;
  const sum = `${report.ok ? 'The chain holds' : 'THE CHAIN IS BROKEN'}: ${range}, ${erased} erased parts, ${anchored}.`;
  return [...lines, ...notes, sum].join('\n');
}
