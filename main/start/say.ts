/** Progress at the terminal: what is being done, and how long it took. */

export interface Voice {
  readonly line: (text: string) => void;
  /** Says what begins, and when it is done; the time shown is its own. */
  step<T>(what: string, work: Promise<T> | (() => Promise<T>)): Promise<T>;
  /** Seconds since the start, such as `4.2 s`. */
  readonly elapsed: () => string;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Once `stop` is aborted nothing is reported as done any more. */
export function createVoice(write: (text: string) => void, stop: AbortSignal): Voice {
  const start = performance.now();
  const line = (text: string): void => {
    write(`${text}\n`);
  };
  return {
    line,
    async step(what, work) {
      const begun = performance.now();
      line(`  … ${what}`);
      const result = await (typeof work === 'function' ? work() : work);
      if (!stop.aborted) line(`  ✓ ${what} (${seconds(performance.now() - begun)})`);
      return result;
    },
    elapsed: () => seconds(performance.now() - start),
  };
}
