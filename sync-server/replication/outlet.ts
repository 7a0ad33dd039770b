/**
 * The feed's way to one socket. A slow reader is not sent update after update into a growing buffer: it is left behind, and
 * once the buffer is empty it gets the difference to what it has, or less where the tail has moved on.
 */
import * as Y from 'yjs';
import { GatehouseError } from '../../domain/errors.ts';
import { encodeSync } from '../../domain/wire/y-sync.ts';
import type { Feed } from './feed.ts';
import { checkStateVector } from './update.ts';

/** More than this in the socket's buffer means that the reader is slow. */
const highWater = 1024 * 1024;

export interface OutletSocket {
  /** Bytes that wait to be sent. */
  buffered(): number;
  /** Sends one message; `sent` is called once it has left. */
  send(payload: Uint8Array, sent: () => void): void;
}

export interface Outlet {
  /** Answers a reader's state vector, and keeps it up to date from here on. Throws `frame_damaged`. */
  begin(stateVector: Uint8Array): void;
  /** Whether the reader has been sent all that there is. */
  complete(): boolean;
  close(): void;
}

export function openOutlet(feed: Pick<Feed, 'doc'>, socket: OutletSocket): Outlet {
  const { doc } = feed;
  /** The state that the reader has, while it is left behind. */
  let behind: Uint8Array | null = null;
  let following = false;

  const sent = (): void => {
    if (behind === null || socket.buffered() > 0) return;
    const update = Y.encodeStateAsUpdate(doc, behind);
    behind = null;
    socket.send(encodeSync({ kind: 'update', bytes: update }), sent);
  };

  const onUpdate = (update: Uint8Array, _origin: unknown, _doc: Y.Doc, change: Y.Transaction): void => {
    if (behind !== null) return;
    if (socket.buffered() > highWater) behind = Y.encodeStateVector(change.beforeState);
    else socket.send(encodeSync({ kind: 'update', bytes: update }), sent);
  };

  return {
    begin(stateVector) {
      checkStateVector(stateVector);
      let state: Uint8Array;
      try {
        state = Y.encodeStateAsUpdate(doc, stateVector);
      } catch (cause) {
        throw new GatehouseError('frame_damaged', { cause });
      }
      // Whoever asks again and again without reading is left behind like any slow reader.
      if (socket.buffered() > highWater) behind = stateVector;
      else socket.send(encodeSync({ kind: 'step2', bytes: state }), sent);
      if (!following) doc.on('update', onUpdate);
      following = true;
    },
    complete: () => following && behind === null,
    close() {
      doc.off('update', onUpdate);
    },
  };
}
