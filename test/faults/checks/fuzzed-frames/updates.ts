/** Updates that Yjs itself would take, and no desk would write: from a document that stands where the device's stands. */
import * as Y from 'yjs';
import { listName } from '../../../../domain/wire/sync.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';

type Change = (doc: Y.Doc, random: Random) => void;

const text = '{"a":1}';

const changes: readonly [string, Change][] = [
  ['another list', (doc) => doc.getArray('other').push([text])],
  ['a map', (doc) => void doc.getMap('map').set('__proto__', text)],
  ['a key on the list', (doc) => void doc.getMap(listName).set('__proto__', text)],
  ['a text', (doc) => doc.getText(listName).insert(0, 'text', { bold: true })],
  ['an element', (doc) => doc.getXmlFragment(listName).insert(0, [new Y.XmlElement('p')])],
  ['a nested list', (doc) => doc.getArray(listName).push([new Y.Array()])],
  ['a nested map', (doc) => doc.getArray(listName).push([new Y.Map([['a', 1]])])],
  ['a subdocument', (doc) => doc.getArray(listName).push([new Y.Doc()])],
  ['bytes', (doc) => doc.getArray(listName).push([new Uint8Array(4)])],
  ['an object', (doc) => doc.getArray(listName).push([{ a: [1, { b: null }] }])],
  ['no JSON', (doc) => doc.getArray(listName).push(['{'])],
  ['a deep text', (doc) => doc.getArray(listName).push(['['.repeat(100_000)])],
  ['a giant text', (doc) => doc.getArray(listName).push(['x'.repeat(300_000)])],
  ['at the head', (doc) => doc.getArray(listName).insert(0, [text])],
  ['in the middle', (doc) => doc.getArray(listName).insert(doc.getArray(listName).length >> 1, [text])],
  ['a hole', (doc) => doc.getArray(listName).delete(doc.getArray(listName).length - 1, 1)],
  [
    'many writers',
    (doc, random) => {
      for (let writer = 0; writer < 50; writer++) {
        doc.clientID = random.below(2 ** 32);
        doc.getArray(listName).push([text]);
      }
    },
  ],
  [
    'another writer',
    (doc, random) => {
      doc.clientID = random.below(2 ** 32);
      doc.getArray(listName).push([text]);
    },
  ],
];

function varint(value: number): number[] {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 0x80);
  return [...digits, rest];
}

const structKinds: readonly [number, ...number[]] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x88, 0xc8, 0x28, 0x87,
];

/** Written by hand: gaps, skips, garbage and ranges without number, which no document would write. */
function bomb(random: Random): Uint8Array {
  const client = random.below(2 ** 32);
  const number = (): number => random.pick([0, 1, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 45, 2 ** 53]);
  const structs = Array.from({ length: random.below(random.below(20) === 0 ? 20_000 : 20) }, () => [
    random.pick(structKinds),
    ...varint(number()),
  ]);
  const ranges = Array.from({ length: random.below(random.below(20) === 0 ? 100_000 : 20) }, (_, place) => [
    ...varint(random.below(2) === 0 ? place * 2 : number()),
    ...varint(1),
  ]);
  const head = [
    ...varint(random.below(3)),
    ...varint(structs.length),
    ...varint(client),
    ...varint(number()),
  ];
  const deletions = [...varint(1), ...varint(client), ...varint(ranges.length)];
  return Uint8Array.from([...head, ...structs.flat(), ...deletions, ...ranges.flat()]);
}

function never(): never {
  throw new Error('there is no such change');
}

/** What it is, and the update; `doc` is used up. */
export function strangeUpdate(doc: Y.Doc, random: Random): readonly [string, Uint8Array] {
  const lot = random.below(changes.length + 4);
  if (lot === 0) return ['a bomb', bomb(random)];
  const before = Y.encodeStateVector(doc);
  if (lot === 1) {
    doc.getArray(listName).push([text]);
    const seen = Y.encodeStateVector(doc);
    doc.getArray(listName).push([text]);
    return ['no predecessor', Y.encodeStateAsUpdate(doc, seen)];
  }
  if (lot === 2) {
    const first = Y.encodeStateAsUpdate(doc, before);
    doc.getArray(listName).push([text]);
    const seen = Y.encodeStateVector(doc);
    doc.getArray(listName).push([text]);
    return ['a skip', Y.mergeUpdates([first, Y.encodeStateAsUpdate(doc, seen)])];
  }
  if (lot === 3) return ['all of it', Y.encodeStateAsUpdate(doc)];
  const [what, change] = changes[lot - 4] ?? never();
  try {
    change(doc, random);
  } catch {
    // Such a document does not let itself be changed like this; what it says so far will do.
  }
  return [what, Y.encodeStateAsUpdate(doc, before)];
}
