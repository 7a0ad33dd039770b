/** Import cycles: files that can only be understood together. */

/**
 * Cycles as paths that come back to their first file. Not all there are, but one wherever there is one: mending what
 * is reported and looking again ends with none.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];

  const walk = (file: string): void => {
    const seenAt = trail.indexOf(file);
    if (seenAt !== -1) {
      cycles.push([...trail.slice(seenAt), file]);
      return;
    }
    if (done.has(file)) return;
    trail.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    trail.pop();
    done.add(file);
  };

  for (const file of [...graph.keys()].sort()) walk(file);
  return cycles;
}
