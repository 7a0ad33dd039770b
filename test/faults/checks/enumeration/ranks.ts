/** Whether two sets of times differ: by ranks, so that a few slow answers of a busy machine decide nothing. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Mann–Whitney: how many standard deviations the ranks of `a` lie above those expected if both were alike. */
export function rankDifference(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((time) => ({ time, mine: true })), ...b.map((time) => ({ time, mine: false }))];
  all.sort((x, y) => x.time - y.time);
  const ranks = all.reduce((sum, { mine }, index) => (mine ? sum + index + 1 : sum), 0);
  const above = ranks - (a.length * (a.length + 1)) / 2;
  const expected = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return deviation === 0 ? 0 : (above - expected) / deviation;
}

/** From here on it is no chance: with some fifteen comparisons a run, one run in a thousand would say so wrongly. */
const surely = 4;
/** What nobody measures from outside: milliseconds, and the share of the whole. */
const tolerated = { milliseconds: 1.5, share: 0.05 };

/** Says how they differ; null where they are alike. */
export function difference(a: readonly number[], b: readonly number[]): string | null {
  const [mine, others] = [median(a), median(b)];
  const ranks = rankDifference(a, b);
  const apart = Math.abs(mine - others);
  const told = Math.abs(ranks) > surely && apart > Math.max(tolerated.milliseconds, tolerated.share * others);
  return told
    ? `${mine.toFixed(1)} ms against ${others.toFixed(1)} ms (${ranks.toFixed(1)} standard deviations)`
    : null;
}
