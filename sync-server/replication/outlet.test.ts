import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { listName } from '../../domain/wire/sync.ts';
import { decodeSync } from '../../domain/wire/y-sync.ts';
import { openOutlet } from './outlet.ts';

/** A socket that holds back what it is given until it is told to let go. */
function slowSocket() {
  let stuck = 0;
  let callbacks: (() => void)[] = [];
  const arrived: Uint8Array[] = [];
  return {
    arrived,
    buffered: () => stuck,
    send(payload: Uint8Array, sent: () => void) {
      arrived.push(payload);
      callbacks.push(sent);
    },
    stick(bytes: number) {
      stuck = bytes;
    },
    release() {
      stuck = 0;
      const waiting = callbacks;
      callbacks = [];
      for (const sent of waiting) sent();
    },
  };
}

function reader(payloads: readonly Uint8Array[]): string[] {
  const doc = new Y.Doc();
  for (const payload of payloads) {
    const message = decodeSync(payload);
    if (!message) throw new Error('no message');
    Y.applyUpdate(doc, message.bytes);
  }
  expect(doc.store.pendingStructs).toBeNull();
  return doc.getArray<string>(listName).toArray();
}

describe('the way out', () => {
  const start = Y.encodeStateVector(new Y.Doc());

  it('gives the state first, then every update', () => {
    const doc = new Y.Doc();
    const list = doc.getArray<string>(listName);
    list.push(['a']);
    const socket = slowSocket();
    const outlet = openOutlet({ doc }, socket);
    list.push(['before it began']);
    expect(socket.arrived).toHaveLength(0);
    outlet.begin(start);
    list.push(['b']);
    expect(reader(socket.arrived)).toEqual(['a', 'before it began', 'b']);
    outlet.close();
    list.push(['after it closed']);
    expect(reader(socket.arrived)).toEqual(['a', 'before it began', 'b']);
  });

  it('sends a slow reader nothing more until it has read, then all that it lacks at once', () => {
    const doc = new Y.Doc();
    const list = doc.getArray<string>(listName);
    const socket = slowSocket();
    openOutlet({ doc }, socket).begin(start);
    list.push(['a']);
    socket.stick(10_000_000);
    for (let n = 0; n < 1_000; n++) {
      doc.transact(() => {
        if (list.length > 10) list.delete(0, 1);
        list.push([`n${n}`]);
      });
    }
    expect(socket.arrived).toHaveLength(2);
    socket.release();
    expect(socket.arrived).toHaveLength(3);
    expect(reader(socket.arrived)).toEqual(list.toArray());
    list.push(['later']);
    expect(socket.arrived).toHaveLength(4);
    expect(reader(socket.arrived)).toEqual(list.toArray());
  });

  it('refuses a damaged state vector', () => {
    const outlet = openOutlet({ doc: new Y.Doc() }, slowSocket());
    expect(() => outlet.begin(Uint8Array.of(255, 255, 255))).toThrow(
      expect.objectContaining({ code: 'frame_damaged' }),
    );
  });
});
