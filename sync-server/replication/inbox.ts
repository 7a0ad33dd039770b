/** Intents of one connection on their way to the authority: in order, a slice at a time. */
import type { Intent } from '../../domain/intents.ts';
import { maxOutstanding } from '../../domain/wire/sync.ts';

export interface Inbox {
  push(intents: readonly Intent[]): void;
  /** How many wait. */
  size(): number;
  close(): void;
}

export interface InboxEvents {
  /** A slice is decided. */
  readonly drained: () => void;
  readonly failed: (error: unknown) => void;
}

/** `decide` gets one slice after the other; what it throws ends the inbox and is told to `failed`. */
export function openInbox(
  decide: (intents: readonly Intent[]) => Promise<unknown>,
  { drained, failed }: InboxEvents,
): Inbox {
  let waiting: Intent[] = [];
  let working = false;
  let closed = false;

  async function work(): Promise<void> {
    working = true;
    try {
      while (waiting.length > 0 && !closed) {
        const slice = waiting.slice(0, maxOutstanding);
        waiting = waiting.slice(maxOutstanding);
        await decide(slice);
        drained();
      }
    } catch (error) {
      closed = true;
      failed(error);
    } finally {
      working = false;
    }
  }

  return {
    size: () => waiting.length,
    push(intents) {
      waiting.push(...intents);
      if (!working && !closed && waiting.length > 0) void work();
    },
    close() {
      closed = true;
      waiting = [];
    },
  };
}
