/**
 * Waits until nothing moves any more: no query under way, no request being answered. So the next event of a schedule
 * always meets the same situation, however fast the machine is.
 */
import type { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

/** Something that works by itself for a while. */
export interface Worker {
  busy(): boolean;
  /** Says `release` whenever it may have come to rest. */
  readonly events: Pick<EventEmitter, 'once' | 'off'> | null;
}

/** So many turns of the event loop must find all at rest: enough for streams and promises to hand on what they hold. */
const calmTurns = 4;
/** Nothing takes so long, in milliseconds. */
const patience = 20_000;

function released(workers: readonly Worker[]): Promise<void> {
  return new Promise((resolve) => {
    const sources = workers.flatMap((worker) => (worker.busy() && worker.events ? [worker.events] : []));
    const done = (): void => {
      clearTimeout(timer);
      for (const source of sources) source.off('release', done);
      resolve();
    };
    const timer = setTimeout(done, sources.length > 0 ? 20 : 1);
    for (const source of sources) source.once('release', done);
  });
}

/** Throws where something keeps moving. */
export async function quiet(workers: () => readonly Worker[]): Promise<void> {
  const until = performance.now() + patience;
  for (let calm = 0; calm < calmTurns;) {
    await turn();
    const busy = workers().filter((worker) => worker.busy());
    if (busy.length === 0) calm++;
    else {
      calm = 0;
      if (performance.now() > until) throw new Error('the simulation does not come to rest');
      await released(busy);
    }
  }
}
