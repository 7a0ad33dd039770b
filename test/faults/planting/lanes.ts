/** Several pieces of work side by side, at most `lanes` at once; each gets the number of the lane that it runs in. */
export async function inLanes<T, R>(
  lanes: number,
  items: readonly T[],
  work: (item: T, lane: number) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const waiting = [...items.entries()];
  const one = async (lane: number): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      results.set(next[0], await work(next[1], lane));
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, (_, lane) => one(lane)));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
