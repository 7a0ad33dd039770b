/**
 * One property that must hold under faults, and how to try it: so many cases, from a seed. What it finds is counted, not
 * judged, so that one table can show all of them.
 */

export interface Run {
  /** How many cases to try. */
  readonly cases: number;
  /** Where the random choices of this run begin; the same seed makes the same choices. */
  readonly seed: number;
  /** Says how far it is, for people who wait. */
  readonly progress: (done: number) => void;
}

/** What a run found. All three counts have to be 0. */
export interface Tally {
  /** Cases really tried. */
  readonly cases: number;
  /** Acknowledged and gone; false acknowledgements count here. */
  readonly lost: number;
  /** Applied, sent or answered twice. */
  readonly doubled: number;
  /** Seen, written or let through without the right to; what should have been refused or noticed counts here. */
  readonly unauthorised: number;
  /** The first few findings, each with what reproduces it (seed, case). */
  readonly findings: readonly string[];
}

export interface Check {
  /** For `--only`, e.g. `server-killed`. */
  readonly name: string;
  /** What always holds, as a sentence for the table. */
  readonly property: string;
  /** What a case is, in the plural: `kills`, `images`, `frames`, `schedules`. */
  readonly unit: string;
  /** How many cases CI tries. */
  readonly cases: number;
  /** How many are enough to show a planted fault, quickly. */
  readonly few: number;
  /** Whether its work is done in processes of its own, so that it may run beside the others. */
  readonly apart?: boolean;
  /** Null, or why it cannot run on this machine. */
  readonly missing?: () => Promise<string | null>;
  /** Throws only where the check itself breaks; a property that does not hold is a finding. */
  readonly run: (run: Run) => Promise<Tally>;
}

/** Collects what a check finds. */
export interface Findings {
  add(kind: 'lost' | 'doubled' | 'unauthorised', what: string): void;
  tally(cases: number): Tally;
}

const shown = 5;

export function collectFindings(): Findings {
  const counts = { lost: 0, doubled: 0, unauthorised: 0 };
  const findings: string[] = [];
  return {
    add(kind, what) {
      counts[kind] += 1;
      if (findings.length < shown) findings.push(`${kind}: ${what}`);
    },
    tally: (cases) => ({ cases, ...counts, findings }),
  };
}
