/** The time of the window, once a second, so that ages and countdowns all move together. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: number;
  stop(): void;
}

export function createClock(read: () => number = Date.now): Clock {
  let now = $state(read());
  const timer = setInterval(() => (now = read()), 1_000);
  return {
    get now() {
      return now;
    },
    stop: () => clearInterval(timer),
  };
}
