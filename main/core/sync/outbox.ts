/**
 * The window through which decisions leave: a Yjs document that only this desk writes, made afresh at each connect (a
 * client id that is used again after its state was lost drops items in silence). At most `maxOutstanding` decisions are
 * on their way; answered ones are trimmed from the head.
 */
import * as Y from 'yjs';
import type { Intent } from '../../../domain/intents.ts';
import { listName, maxOutstanding, maxSliceBytes } from '../../../domain/wire/sync.ts';
import type { Decisions } from '../decisions/decisions.ts';
import { decodeSync, encodeSync } from '../../../domain/wire/y-sync.ts';

export interface OutboxNeeds {
  readonly decisions: Pick<Decisions, 'leave'>;
  /** Sends one message of the document. */
  readonly send: (payload: Uint8Array) => void;
  /** Whether holds are over, because the admin signs out. */
  readonly holdsEnded: () => boolean;
}

export interface Outbox {
  /** Sends what may leave now. */
  flush(): Promise<void>;
  /** Answers are in: forgets these, and sends what waited for room. */
  answered(intents: readonly string[]): Promise<void>;
  receive(payload: Uint8Array): void;
  /** Sent on this connection and not answered, oldest first. */
  outstanding(): readonly Intent[];
  close(): void;
}

/** Room for the list of an update around its items, in bytes. */
const overhead = 8;

export function openOutbox({ decisions, send, holdsEnded }: OutboxNeeds): Outbox {
  const doc = new Y.Doc();
  const list = doc.getArray<string>(listName);
  /** In the order of the list; answered ones stay until they reach its head. */
  const offered = new Map<string, { intent: Intent; done: boolean }>();
  let done = 0;
  let flushing: Promise<void> | null = null;
  let again = false;

  doc.on('update', (update: Uint8Array) => send(encodeSync({ kind: 'update', bytes: update })));

  const slice = async (): Promise<boolean> => {
    const room = maxOutstanding - (offered.size - done);
    if (room <= 0) return false;
    const texts = new Map<string, string>();
    const leaving = await decisions.leave({
      offered: new Set(offered.keys()),
      count: room,
      bytes: maxSliceBytes,
      size: (intent) => {
        const text = JSON.stringify(intent);
        texts.set(intent.id, text);
        return Buffer.byteLength(text) + overhead;
      },
      ended: holdsEnded(),
    });
    for (const intent of leaving) offered.set(intent.id, { intent, done: false });
    if (leaving.length > 0) list.push(leaving.map(({ id }) => texts.get(id) ?? ''));
    return leaving.length > 0;
  };

  const flush = async (): Promise<void> => {
    do {
      again = false;
      while (await slice());
    } while (again);
  };

  const flushOnce = (): Promise<void> => {
    again = true;
    flushing ??= flush().finally(() => (flushing = null));
    return flushing;
  };

  const trim = (): void => {
    let head = 0;
    for (const [id, entry] of offered) {
      if (!entry.done) break;
      offered.delete(id);
      head++;
    }
    if (head === 0) return;
    done -= head;
    list.delete(0, head);
  };

  return {
    flush: flushOnce,
    answered: async (intents) => {
      for (const id of intents) {
        const entry = offered.get(id);
        if (!entry || entry.done) continue;
        entry.done = true;
        done++;
      }
      trim();
      // Small refills would cost a sync of the journal each.
      if (offered.size - done <= maxOutstanding / 2) await flushOnce();
    },
    receive: (payload) => {
      const message = decodeSync(payload);
      // One writer: what others put into this document is not taken.
      if (message?.kind !== 'step1') return;
      send(encodeSync({ kind: 'step2', bytes: Y.encodeStateAsUpdate(doc, message.bytes) }));
    },
    outstanding: () => [...offered.values()].flatMap((entry) => (entry.done ? [] : [entry.intent])),
    close: () => doc.destroy(),
  };
}
