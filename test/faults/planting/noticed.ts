/**
 * Which of many faults a check notices, without a run for each: all are planted at once, and only where the check turns
 * red the set is halved. Whoever is named was planted alone in the last run. What stayed green did so with its whole set:
 * a fault that another one of the set hides is not found (two that only break something together are not named either).
 */
export async function noticed<T>(
  faults: readonly T[],
  holdsWith: (faults: readonly T[]) => Promise<boolean>,
): Promise<T[]> {
  if (faults.length === 0 || (await holdsWith(faults))) return [];
  if (faults.length === 1) return [...faults];
  const middle = Math.ceil(faults.length / 2);
  const first = await noticed(faults.slice(0, middle), holdsWith);
  return [...first, ...(await noticed(faults.slice(middle), holdsWith))];
}
