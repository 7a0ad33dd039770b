import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { listName } from '../../domain/wire/sync.ts';
import { testIntent } from '../decisions/testing.ts';
import { openIntentDocument } from './intents.ts';

const device = crypto.randomUUID();
const text = (): string =>
  JSON.stringify(testIntent(device, 'approve', { kind: 'developer', id: crypto.randomUUID() }));

function varint(value: number): number[] {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 0x80);
  return [...digits, rest];
}

/** A device's document, and the updates that it makes. */
function deviceDocument() {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  return { doc, list: doc.getArray<unknown>(listName), updates };
}

describe('an intent document', () => {
  it('takes what a device appends and trims, and what it sends twice only once', () => {
    const { list, updates } = deviceDocument();
    const document = openIntentDocument();
    list.push([text(), text()]);
    list.push([text()]);
    list.delete(0, 2);
    list.push([text()]);
    list.delete(0, 2);
    list.push([text()]);
    expect(updates.map((update) => document.apply(update).length)).toEqual([2, 1, 0, 1, 0, 1]);
    expect(updates.map((update) => document.apply(update).length)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(document.doc.getArray(listName).toArray()).toEqual(list.toArray());
    document.close();
  });

  const [many, gigantic] = [300_000, 2 ** 45];
  const client = varint(7);
  const bombs: [what: string, update: number[]][] = [
    ['a gap of clocks', [1, 1, ...client, ...varint(2 ** 31), 0x88, ...client, 0, 1, 119, 0, 0]],
    ['a clock beyond all bounds', [1, 1, ...client, ...varint(gigantic), 0]],
    ['a writer beyond all bounds', [1, 1, ...varint(gigantic), 0, 0]],
    ['a skip', [1, 1, ...client, 0, 10, ...varint(2 ** 31), 0]],
    ['garbage to be', [1, 1, ...client, 0, 0, ...varint(2 ** 31), 0]],
    ['many structs', [1, ...varint(many), ...client, 0, ...new Array<number>(many * 2).fill(10)]],
    ['many writers', [...varint(many), ...Array.from({ length: many }, () => [0, 1, 0]).flat()]],
    [
      'many deletions',
      [0, 1, ...client, ...varint(many), ...Array.from({ length: many }, () => [1, 1]).flat()],
    ],
    [
      'a text longer than itself',
      [1, 1, ...client, 0, 8, 1, 5, 105, 116, 101, 109, 115, 1, 119, ...varint(2 ** 31)],
    ],
    [
      'more texts than there are',
      [1, 1, ...client, 0, 8, 1, 5, 105, 116, 101, 109, 115, ...varint(2 ** 31), 119, 0],
    ],
    ['something behind its end', [0, 0, 0]],
    ['half of itself', [1, 1]],
  ];

  it.each(bombs)('refuses %s at once, and is what it was', (what, bytes) => {
    const { list, updates } = deviceDocument();
    const document = openIntentDocument();
    list.push([text(), text()]);
    for (const update of updates) document.apply(update);
    const before = Y.encodeStateAsUpdate(document.doc);
    const start = performance.now();
    const code = what === 'many writers' ? 'document_refused' : 'frame_damaged';
    expect(() => document.apply(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }));
    expect(performance.now() - start).toBeLessThan(500);
    expect(Y.encodeStateAsUpdate(document.doc)).toEqual(before);
    // It goes on as if nothing had been.
    list.push([text()]);
    expect(document.apply(updates.at(-1) ?? new Uint8Array())).toHaveLength(1);
    document.close();
  });

  const others: [what: string, change: (doc: Y.Doc) => void, code: string][] = [
    ['another root', (doc) => doc.getArray('other').push(['x']), 'document_refused'],
    ['a key', (doc) => void doc.getMap(listName).set('__proto__', 'x'), 'document_refused'],
    ['a nested type', (doc) => doc.getArray(listName).push([new Y.Map()]), 'document_refused'],
    ['a subdocument', (doc) => doc.getArray(listName).push([new Y.Doc()]), 'document_refused'],
    ['formatting', (doc) => doc.getText(listName).insert(0, 'x', { bold: true }), 'document_refused'],
    ['an insertion at the head', (doc) => doc.getArray(listName).insert(0, [text()]), 'document_refused'],
    ['an insertion in between', (doc) => doc.getArray(listName).insert(1, [text()]), 'document_refused'],
    ['a deletion at the end', (doc) => doc.getArray(listName).delete(1, 1), 'document_refused'],
    ['a number', (doc) => doc.getArray(listName).push([1]), 'invalid_input'],
    ['an object', (doc) => doc.getArray(listName).push([{ a: 1 }]), 'invalid_input'],
    ['bytes', (doc) => doc.getArray(listName).push([new Uint8Array(3)]), 'document_refused'],
    ['no JSON', (doc) => doc.getArray(listName).push(['{']), 'frame_damaged'],
    [
      'the key __proto__',
      (doc) => doc.getArray(listName).push([text().replace('{', '{"__proto__":1,')]),
      'invalid_input',
    ],
    ['a giant text', (doc) => doc.getArray(listName).push(['x'.repeat(20_000)]), 'frame_damaged'],
  ];

  it.each(others)('refuses %s, and is what it was', (_what, change, code) => {
    const { doc, list, updates } = deviceDocument();
    const document = openIntentDocument();
    list.push([text(), text()]);
    for (const update of updates) document.apply(update);
    const before = Y.encodeStateAsUpdate(document.doc);
    // Where no type was named yet, a root may be taken for any.
    const strange = new Y.Doc();
    Y.applyUpdate(strange, Y.encodeStateAsUpdate(doc));
    strange.clientID = doc.clientID;
    const seen = Y.encodeStateVector(strange);
    change(strange);
    expect(() => document.apply(Y.encodeStateAsUpdate(strange, seen))).toThrow(
      expect.objectContaining({ code }),
    );
    expect(Y.encodeStateAsUpdate(document.doc)).toEqual(before);
    document.close();
  });

  it('refuses a second writer, and more than anybody has outstanding', () => {
    const document = openIntentDocument();
    const [first, second] = [deviceDocument(), deviceDocument()];
    first.list.push([text()]);
    second.list.push([text()]);
    expect(document.apply(first.updates[0] ?? new Uint8Array())).toHaveLength(1);
    expect(() => document.apply(second.updates[0] ?? new Uint8Array())).toThrow(
      expect.objectContaining({ code: 'document_refused' }),
    );
    first.list.push(Array.from({ length: 4_000 }, text));
    expect(() => document.apply(first.updates[1] ?? new Uint8Array())).toThrow(
      expect.objectContaining({ code: 'rate_limited' }),
    );
    document.close();
  });

  it('answers no state vector that is only meant to cost', () => {
    const document = openIntentDocument();
    expect(() => document.answer(new Uint8Array(1_000_000))).toThrow(
      expect.objectContaining({ code: 'frame_damaged' }),
    );
    document.close();
  });
});
