/** What the core tells its hosts, gathered so that a burst of changes is a few events: at most one of a kind in 50 ms. */
import type { DeskEvent, DeskEvents } from '../../domain/desk/api.ts';
import type { EntityKind } from '../../domain/entities.ts';
import type { Clock } from './ports.ts';

export interface EventSource {
  /** Returns the way to stop listening. */
  subscribe<E extends DeskEvent>(event: E, listener: (payload: DeskEvents[E]) => void): () => void;
}

const pause = 50;

export function eventSource() {
  const listeners: { [E in DeskEvent]: Set<(payload: DeskEvents[E]) => void> } = {
    session: new Set(),
    status: new Set(),
    changed: new Set(),
  };
  return {
    subscribe<E extends DeskEvent>(event: E, listener: (payload: DeskEvents[E]) => void): () => void {
      listeners[event].add(listener);
      return () => void listeners[event].delete(listener);
    },
    emit<E extends DeskEvent>(event: E, payload: DeskEvents[E]): void {
      for (const listener of listeners[event]) listener(payload);
    },
  };
}

export interface Gatherer {
  /** Runs soon; at once where the last time is long enough ago, and never twice within the pause. */
  request(): void;
  stop(): void;
}

export function gather(clock: Clock, run: () => void): Gatherer {
  let last = -Infinity;
  let cancel: (() => void) | null = null;
  return {
    request: () => {
      cancel ??= clock.after(Math.max(0, last + pause - clock.now()), () => {
        cancel = null;
        last = clock.now();
        run();
      });
    },
    stop: () => cancel?.(),
  };
}

/** Collects what changed between two events. */
export function changes() {
  let entities = new Set<EntityKind>();
  let outbox = false;
  return {
    rows: (kinds: readonly EntityKind[]): void => kinds.forEach((kind) => entities.add(kind)),
    outbox: (): void => void (outbox = true),
    take: (): DeskEvents['changed'] => {
      const taken = { entities: [...entities], outbox };
      entities = new Set();
      outbox = false;
      return taken;
    },
  };
}
