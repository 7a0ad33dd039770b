/**
 * An update of an intent document as bytes, looked through before Yjs sees any of it. A desk only ever appends texts to
 * one list and trims its head, which takes a small part of what an update may say (Yjs' encoding, version 1):
 *
 *   structs: clients (0 or 1) · [number · client · clock · item …]
 *   item: info · origin (client, clock), or the root's name · number of values · [119 · length · UTF-8 …]
 *   deletions: clients (0 or 1) · [client · number · [clock · length …]]
 *
 * Infos and the 119 before a text are bytes, all other numbers varints. Everything else is refused where it begins: other
 * roots, types, formats, keys, subdocuments, gaps to be skipped, and numbers or lists that are only meant to cost time or
 * memory. Whether it joins on to what is there is for the document to say.
 */
import type { ErrorCode } from '../../domain/error-codes.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { listName, maxOutstanding } from '../../domain/wire/sync.ts';

/** An intent with the longest reason in the longest letters. */
const maxTextBytes = 16 * 1024;
const maxStructs = maxOutstanding;
const maxRanges = maxOutstanding;
const maxStateVectorBytes = 1024;
const maxNumber = 0xffff_ffff;

/** What a push writes: values of any kind behind the last item, or as the first of their root. */
const firstItem = 0x08;
const nextItem = 0x88;
const reference = 0x1f;
const [garbage, skip] = [0, 10];
const rootName = 1;
const text = 119;

interface Reader {
  byte(): number;
  number(): number;
  take(length: number): Uint8Array;
  ended(): boolean;
}

function refuse(code: ErrorCode): never {
  throw new GatehouseError(code);
}

function openReader(bytes: Uint8Array): Reader {
  let at = 0;
  const byte = (): number => bytes[at++] ?? refuse('frame_damaged');
  return {
    byte,
    number() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const digit = byte();
        value += (digit & 0x7f) * scale;
        if (value > maxNumber) refuse('frame_damaged');
        if (digit < 0x80) return value;
      }
    },
    take(length) {
      const end = at + length;
      if (end > bytes.length) refuse('frame_damaged');
      const taken = bytes.subarray(at, end);
      at = end;
      return taken;
    },
    ended: () => at === bytes.length,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readText(from: Reader, most: number): string {
  const length = from.number();
  if (length > most) refuse('frame_damaged');
  try {
    return utf8.decode(from.take(length));
  } catch {
    return refuse('frame_damaged');
  }
}

function readItem(from: Reader): void {
  const info = from.byte();
  const kind = info & reference;
  if (kind === garbage || kind === skip) refuse('frame_damaged');
  if (info !== firstItem && info !== nextItem) refuse('document_refused');
  if (info === nextItem) {
    from.number();
    from.number();
  } else {
    if (from.number() !== rootName) refuse('document_refused');
    if (readText(from, maxTextBytes) !== listName) refuse('document_refused');
  }
  const values = from.number();
  if (values === 0) refuse('frame_damaged');
  for (let place = 0; place < values; place++) {
    if (from.byte() !== text) refuse('invalid_input');
    readText(from, maxTextBytes);
  }
}

function readStructs(from: Reader): void {
  const clients = from.number();
  if (clients === 0) return;
  const structs = from.number();
  if (structs > maxStructs) refuse('frame_damaged');
  from.number();
  from.number();
  for (let place = 0; place < structs; place++) readItem(from);
  if (clients > 1) refuse('document_refused');
}

function readDeletions(from: Reader): void {
  const clients = from.number();
  if (clients === 0) return;
  from.number();
  const ranges = from.number();
  if (ranges > maxRanges) refuse('frame_damaged');
  for (let place = 0; place < ranges; place++) {
    from.number();
    if (from.number() === 0) refuse('frame_damaged');
  }
  if (clients > 1) refuse('document_refused');
}

/** Throws `frame_damaged`, `document_refused` or `invalid_input` for what no desk writes. Time grows with the bytes read. */
export function lookThrough(update: Uint8Array): void {
  const from = openReader(update);
  readStructs(from);
  readDeletions(from);
  if (!from.ended()) refuse('frame_damaged');
}

/** A state vector names a writer or two; one of a megabyte is only meant to cost. Throws `frame_damaged`. */
export function checkStateVector(stateVector: Uint8Array): void {
  if (stateVector.length > maxStateVectorBytes) refuse('frame_damaged');
}
