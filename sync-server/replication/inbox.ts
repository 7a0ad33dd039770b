/** Intents of one connection on their way to the authority: in order, a slice at a time. */
import type { Intent } from '../../domain/intents.ts';
import { maxOutstanding } from '../../domain/wire/sync.ts';

/** From here on no more is read until some are decided. */
const fullAt = maxOutstanding * 2;
const fullAtBytes = 1024 * 1024;

export interface Inbox {
  /** `bytes` is what they took on the wire. */
  push(intents: readonly Intent[], bytes: number): void;
  /** Whether so much waits that nothing more should be read. */
  full(): boolean;
  /** Bytes that wait. */
  waiting(): number;
  /** Intents that wait. */
  count(): number;
  close(): void;
}

export interface InboxEvents {
  /** A slice is decided. */
  readonly drained: () => void;
  readonly failed: (error: unknown) => void;
}

interface Waiting {
  readonly intent: Intent;
  readonly bytes: number;
}

/** `decide` gets one slice after the other; what it throws ends the inbox and is told to `failed`. */
export function openInbox(
  decide: (intents: readonly Intent[]) => Promise<unknown>,
  { drained, failed }: InboxEvents,
): Inbox {
  let queue: Waiting[] = [];
  let size = 0;
  let deciding = 0;
  let working = false;
  let closed = false;

  async function work(): Promise<void> {
    working = true;
    try {
      while (queue.length > 0 && !closed) {
        const slice = queue.slice(0, maxOutstanding);
        queue = queue.slice(maxOutstanding);
        deciding = slice.length;
        await decide(slice.map(({ intent }) => intent));
        deciding = 0;
        size -= slice.reduce((sum, { bytes }) => sum + bytes, 0);
        if (!closed) drained();
      }
    } catch (error) {
      closed = true;
      failed(error);
    } finally {
      working = false;
    }
  }

  return {
    full: () => queue.length >= fullAt || size >= fullAtBytes,
    waiting: () => (closed ? 0 : size),
    count: () => (closed ? 0 : queue.length + deciding),
    push(intents, bytes) {
      if (closed || intents.length === 0) return;
      const each = bytes / intents.length;
      queue.push(...intents.map((intent) => ({ intent, bytes: each })));
      size += bytes;
      if (!working) void work();
    },
    close() {
      closed = true;
      queue = [];
    },
  };
}
