/** A sync connection of the server without a network: what is given to it arrives at once, what it says is counted. */
import * as Y from 'yjs';
import type { Intent } from '../../../../domain/intents.ts';
import { controlSchema, decodeMessage, listName } from '../../../../domain/wire/sync.ts';
import { createLog } from '../../../../sync-server/config/log.ts';
import { serveConnection } from '../../../../sync-server/replication/connection.ts';
import type { Feed } from '../../../../sync-server/replication/feed.ts';
import { openIntentDocument } from '../../../../sync-server/replication/intents.ts';
import { createPace } from '../../../../sync-server/replication/pace.ts';
import type { SocketEvents } from '../../../../sync-server/replication/socket.ts';

const log = createLog('silent');
const unbounded = createPace({ burst: Infinity, perSecond: 1 }, () => 0);
const pace = { connects: unbounded, frames: unbounded, bytes: unbounded, presence: unbounded };

/** A live tail with something in it. */
export function standInFeed(name: string): Feed {
  const doc = new Y.Doc();
  doc
    .getArray<string>(listName)
    .push(['{"epoch":1,"prev":0,"to":1,"items":[]}', '{"epoch":1,"prev":1,"to":2,"items":[]}']);
  return {
    name,
    instance: 'fuzz',
    cursor: () => ({ epoch: 1, seq: 2 }),
    doc,
    settled: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}

export interface StandIn {
  /** The device's intents as the server holds them. */
  readonly doc: Y.Doc;
  /** One frame arrives. Throws where the server would have crashed. */
  receive(frame: Uint8Array, binary: boolean): void;
  /** The code of the server's goodbye, null while it goes on. */
  ended(): string | null;
  /** Bytes that the server has sent. */
  said(): number;
  /** Frames that were kept for the operator. */
  kept(): number;
  close(): void;
}

export function openStandIn(
  device: string,
  feed: Feed,
  decided: (intents: readonly Intent[]) => void,
): StandIn {
  const document = openIntentDocument();
  const handlers: SocketEvents[] = [];
  let goodbye: string | null = null;
  let closed = false;
  let said = 0;
  let kept = 0;
  const hear = (bytes: Uint8Array): void => {
    said += bytes.length;
    const message = decodeMessage(bytes);
    if (message?.kind !== 'control') return;
    const told = controlSchema.parse(JSON.parse(Buffer.from(message.payload).toString()));
    if (told.t === 'goodbye') goodbye = told.code;
  };
  serveConnection(
    {
      listen: (events) => handlers.push(events),
      isOpen: () => !closed,
      buffered: () => 0,
      send: (bytes, sent) => {
        hear(bytes);
        sent?.();
      },
      ping: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      close: () => (closed = true),
      terminate: () => (closed = true),
    },
    { adminId: device, device, scope: 'all' },
    {
      feed,
      document,
      decide: (_from, intents) => {
        decided(intents);
        return Promise.resolve([]);
      },
      log,
      pace,
      objection: () => Promise.resolve(null),
      relay: () => undefined,
      quarantine: () => (kept += 1),
      heartbeatMilliseconds: 1_000_000,
    },
  );
  return {
    doc: document.doc,
    receive: (frame, binary) => {
      for (const { message } of handlers) message(frame, binary);
    },
    ended: () => (closed ? (goodbye ?? 'silently') : null),
    said: () => said,
    kept: () => kept,
    close: () => {
      for (const { close } of handlers) close();
    },
  };
}
