/** What a real desk sends in one connection: its own feed and outbox, recorded frame by frame. */
import * as Y from 'yjs';
import type { Intent } from '../../../../domain/intents.ts';
import { encodeMessage, intentsDocument, type Message } from '../../../../domain/wire/sync.ts';
import { decodeSync } from '../../../../domain/wire/y-sync.ts';
import { openFeed } from '../../../../main/core/sync/feed.ts';
import { openOutbox } from '../../../../main/core/sync/outbox.ts';
import { presenceDocument } from '../../../../sync-server/replication/reception.ts';

export interface Step {
  readonly message: Message;
  readonly frame: Uint8Array;
  /** For its own intents: the update inside. */
  readonly update: Uint8Array | null;
}

export interface Recording {
  readonly device: string;
  readonly steps: readonly Step[];
}

/** `intents` leave in portions of these sizes; after each the ones before it are answered, and trimmed. */
export async function record(
  device: string,
  feed: string,
  intents: readonly Intent[],
  portions: readonly number[],
): Promise<Recording> {
  const own = intentsDocument(device);
  const steps: Step[] = [];
  const add = (message: Message): void => {
    const sync = message.document === own ? decodeSync(message.payload) : null;
    steps.push({ message, frame: encodeMessage(message), update: sync?.bytes ?? null });
  };
  const reader = openFeed(() => undefined);
  add({ kind: 'sync', document: feed, payload: reader.hello });
  reader.close();
  add({ kind: 'awareness', document: presenceDocument, payload: Uint8Array.of(1, 1, 1, 2, 123, 125) });

  let left = [...intents];
  let portion = 0;
  const outbox = openOutbox({
    decisions: {
      leave: ({ size }) => {
        const leaving = left.slice(0, portion);
        left = left.slice(portion);
        portion = 0;
        // A journal measures what it lets go, which is when the outbox writes it.
        leaving.forEach(size);
        return Promise.resolve(leaving);
      },
    },
    send: (payload) => add({ kind: 'sync', document: own, payload }),
    holdsEnded: () => false,
  });
  for (const size of portions) {
    const before = outbox.outstanding().map(({ id }) => id);
    portion = size;
    await outbox.flush();
    await outbox.answered(before);
  }
  outbox.close();
  return { device, steps };
}

/** The document as it is after these steps, and its writer's id. */
export function documentAfter(steps: readonly Step[]): Y.Doc {
  const doc = new Y.Doc({ guid: 'fuzz' });
  for (const { update } of steps) if (update) Y.applyUpdate(doc, update);
  const [writer] = doc.store.clients.keys();
  if (writer !== undefined) doc.clientID = writer;
  return doc;
}
