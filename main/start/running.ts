/** The parts that run, in the order of their starts; stopped in reverse, once. */
import { PartFailed, startPart, type Ended, type Part, type PartOptions } from './part.ts';

export interface Running {
  /** Starts a part and waits until it is ready. */
  start(options: PartOptions): Promise<unknown>;
  /** Rejects with `PartFailed` as soon as one ends that should not have. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

export function createRunning(mayEnd: (ended: Ended) => boolean): Running {
  const parts: Part[] = [];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let stopping: Promise<void> | null = null;

  async function stopAll(): Promise<void> {
    for (const part of parts.toReversed()) await part.stop();
  }

  return {
    failure: failed.promise,
    start(options) {
      if (stopping) return Promise.reject(new Error('it is being stopped'));
      const part = startPart(options);
      parts.push(part);
      void part.ended.then((ended) => {
        if (!stopping && !mayEnd(ended)) failed.reject(new PartFailed(ended));
      });
      return part.ready;
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
