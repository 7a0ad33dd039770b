/**
 * Work that is done again and again, one round at a time. Whoever asks while a round is under way gets another after it, and
 * however many ask, one is enough: so no wake-up is missed, and none that comes in a crowd costs more than one look.
 */

export interface Rounds {
  /** Asks for a round that begins from now on; settles once nothing more is asked for. */
  readonly now: () => Promise<void>;
  /** Lets no other round begin, and waits for the one under way. */
  stop(): Promise<void>;
}

export interface RoundsOptions {
  /** Also so often by itself, in milliseconds. Such a timer keeps no process alive. */
  readonly every?: number;
  /** Also whenever this tells of news. */
  readonly wake?: { subscribe(listener: () => void): () => void };
  /** Told of a round that failed. It is not done again for that: only `every`, or whoever asks, brings the next. */
  readonly failed: (error: unknown) => void;
}

/** `round` may look at `stopped` wherever it can be left half-done. */
export function startRounds(
  round: (stopped: () => boolean) => Promise<unknown>,
  { every, wake, failed }: RoundsOptions,
): Rounds {
  let asked = false;
  let stopped = false;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (asked && !stopped) {
      asked = false;
      try {
        await round(() => stopped);
      } catch (error) {
        failed(error);
      }
    }
    // In the same step as the last look at `asked`: nobody can ask in between and be forgotten.
    running = null;
  }

  async function now(): Promise<void> {
    asked = true;
    if (!stopped) running ??= run();
    return running ?? undefined;
  }

  const timer = every === undefined ? undefined : setInterval(() => void now(), every);
  timer?.unref();
  const unsubscribe = wake?.subscribe(() => void now());
  return {
    now,
    async stop() {
      stopped = true;
      clearInterval(timer);
      unsubscribe?.();
      await running;
    },
  };
}
