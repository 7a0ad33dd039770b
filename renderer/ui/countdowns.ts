/** Many countdowns that stand still and go on together. */
export interface Countdowns {
  /** Calls back once, `milliseconds` of running time from now. */
  start(id: number, milliseconds: number): void;
  stop(id: number): void;
  pause(): void;
  resume(): void;
}

interface Countdown {
  timer: ReturnType<typeof setTimeout> | undefined;
  left: number;
  since: number;
}

/** Makes countdowns that report their end to `ended`. */
export function createCountdowns(ended: (id: number) => void): Countdowns {
  const running = new Map<number, Countdown>();
  let paused = false;

  function run(id: number, countdown: Countdown): void {
    countdown.since = performance.now();
    countdown.timer = setTimeout(() => {
      running.delete(id);
      ended(id);
    }, countdown.left);
  }

  return {
    start(id, milliseconds) {
      const countdown: Countdown = { timer: undefined, left: milliseconds, since: performance.now() };
      running.set(id, countdown);
      if (!paused) run(id, countdown);
    },
    stop(id) {
      clearTimeout(running.get(id)?.timer);
      running.delete(id);
    },
    pause() {
      if (paused) return;
      paused = true;
      for (const countdown of running.values()) {
        clearTimeout(countdown.timer);
        countdown.left -= performance.now() - countdown.since;
      }
    },
    resume() {
      if (!paused) return;
      paused = false;
      for (const [id, countdown] of running) run(id, countdown);
    },
  };
}
