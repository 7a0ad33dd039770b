/**
 * The server's live tail as a Yjs document that this desk only reads. What is inserted is handed on in order; trimming
 * at the head is of no interest.
 */
import * as Y from 'yjs';
import { entities } from '../../../domain/entities.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { frameSchema, type Frame } from '../../../domain/wire/frames.ts';
import { listName } from '../../../domain/wire/sync.ts';
import { decodeSync, encodeSync } from '../../../domain/wire/y-sync.ts';

/** A frame whose rows are what their entities say. Throws `frame_damaged`. */
export function checkFrame(frame: Frame): Frame {
  for (const item of frame.items) {
    if (item.k !== 'row' || item.row === null) continue;
    const row = entities[item.entity].schema.safeParse(item.row);
    if (!row.success || row.data.id !== item.id)
      throw new GatehouseError('frame_damaged', { cause: row.error });
  }
  return frame;
}

function parseFrame(text: unknown): Frame {
  if (typeof text !== 'string') throw new GatehouseError('frame_damaged');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatehouseError('frame_damaged', { cause });
  }
  const frame = frameSchema.safeParse(value);
  if (!frame.success) throw new GatehouseError('frame_damaged', { cause: frame.error });
  return checkFrame(frame.data);
}

export interface Feed {
  /** The first message to send. */
  readonly hello: Uint8Array;
  /** Takes a message; answers what to send back, if anything. Throws `frame_damaged`. */
  receive(payload: Uint8Array): Uint8Array | null;
  close(): void;
}

/** A fresh document for the feed of one connection; `onFrames` gets what arrives, oldest first. */
export function openFeed(onFrames: (frames: readonly Frame[]) => void): Feed {
  const doc = new Y.Doc();
  const list = doc.getArray<unknown>(listName);
  let arrived: unknown[] = [];
  list.observe((event) => {
    for (const { insert } of event.changes.delta) if (Array.isArray(insert)) arrived = arrived.concat(insert);
  });

  const apply = (update: Uint8Array): void => {
    try {
      Y.applyUpdate(doc, update, 'server');
    } catch (cause) {
      throw new GatehouseError('frame_damaged', { cause });
    }
    // An update whose predecessor is missing would wait for ever, unseen.
    if (doc.store.pendingStructs) throw new GatehouseError('frame_damaged');
    const frames = arrived.map(parseFrame);
    arrived = [];
    if (frames.length > 0) onFrames(frames);
  };

  return {
    hello: encodeSync({ kind: 'step1', bytes: Y.encodeStateVector(doc) }),
    receive: (payload) => {
      const message = decodeSync(payload);
      if (!message) throw new GatehouseError('frame_damaged');
      if (message.kind === 'step1') {
        return encodeSync({ kind: 'step2', bytes: Y.encodeStateAsUpdate(doc, message.bytes) });
      }
      apply(message.bytes);
      return null;
    },
    close: () => doc.destroy(),
  };
}
