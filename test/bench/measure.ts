/** What a measurement says, and how many samples become one figure. */

/** One figure of the table. */
export interface Figure {
  /** Which measurement it belongs to: the name that `--only` takes. */
  readonly section: string;
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | '×' | 'MB' | 'rows';
  /** What is to be reached; absent for figures that only explain. */
  readonly target?: { readonly at: number; readonly is: 'most' | 'least' };
  /** Bars of the chart: figures under one heading are drawn side by side. */
  readonly chart?: string;
}

export function reached({ value, target }: Figure): boolean | null {
  if (!target) return null;
  return target.is === 'most' ? value <= target.at : value >= target.at;
}

/** A ratio holds on every machine, so a missed one fails the run; times are for orientation. */
export function isMissedRatio(figure: Figure): boolean {
  return figure.unit === '×' && reached(figure) === false;
}

/** The value that `share` of the samples do not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Says what is going on, on the error output: the table is the output. */
export type Say = (line: string) => void;

export interface BenchOptions {
  /** Registrations of the portal that is loaded. */
  readonly rows: number;
  readonly say: Say;
}

/** One measurement, from nothing to its figures; it leaves nothing behind. */
export type Measurement = (options: BenchOptions) => Promise<Figure[]>;
