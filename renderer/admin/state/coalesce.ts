/**
 * Runs `work` one at a time: asked for while it runs, it runs once more afterwards, however often it was asked for. So
 * a burst of changes costs as many queries as the desk can answer, and the last one always sees the end.
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  async function loop(): Promise<void> {
    try {
      do {
        again = false;
        await work();
        // Set by a caller while the work was awaited.
      } while (again);
    } finally {
      running = null;
    }
  }
  return () => {
    if (running) again = true;
    return (running ??= loop());
  };
}
