/**
 * The journal's bytes. One append is one record and the next waits for it, so that only the last one can be torn: what
 * has something sound behind it, or does not look like an append that never finished, is damage.
 */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { entrySchema, type Entry } from './entries.ts';
import { headBytes, magic } from './layout.ts';
import { unfinished } from './tear.ts';

export function encodeRecord(entries: readonly Entry[]): Buffer {
  const payload = Buffer.from(JSON.stringify(entries), 'utf8');
  const record = Buffer.allocUnsafe(headBytes + payload.length);
  magic.copy(record, 0);
  record.writeUInt32BE(payload.length, 4);
  record.writeUInt32BE(crc32(payload), 8);
  payload.copy(record, headBytes);
  return record;
}

/** The payload of the sound record at `offset`, or null where there is none. */
function payloadAt(bytes: Buffer, offset: number): Buffer | null {
  if (offset + headBytes > bytes.length || !bytes.subarray(offset, offset + 4).equals(magic)) return null;
  const length = bytes.readUInt32BE(offset + 4);
  const end = offset + headBytes + length;
  // No record is empty: a magic with NUL behind it is one that was not written further.
  if (length === 0 || end > bytes.length) return null;
  const payload = bytes.subarray(offset + headBytes, end);
  return crc32(payload) === bytes.readUInt32BE(offset + 8) ? payload : null;
}

function soundRecordAfter(bytes: Buffer, offset: number): boolean {
  for (let at = bytes.indexOf(magic, offset); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (payloadAt(bytes, at)) return true;
  }
  return false;
}

export interface Reading {
  readonly entries: readonly Entry[];
  /** Where the sound part ends. */
  readonly end: number;
  /** `torn`: an append that never finished. `damaged`: what was on the disk has changed. */
  readonly state: 'whole' | 'torn' | 'damaged';
}

function parseEntries(payload: Buffer): Entry[] | null {
  try {
    return z.array(entrySchema).parse(JSON.parse(payload.toString('utf8')));
  } catch {
    return null;
  }
}

/** Reads what is sound. A record that is sound as bytes but not as entries is damage, never skipped. */
export function readRecords(bytes: Buffer): Reading {
  const entries: Entry[] = [];
  let offset = 0;
  for (;;) {
    if (offset === bytes.length) return { entries, end: offset, state: 'whole' };
    const payload = payloadAt(bytes, offset);
    if (!payload) {
      const torn = !soundRecordAfter(bytes, offset + 1) && unfinished(bytes.subarray(offset));
      return { entries, end: offset, state: torn ? 'torn' : 'damaged' };
    }
    const found = parseEntries(payload);
    if (!found) return { entries, end: offset, state: 'damaged' };
    for (const entry of found) entries.push(entry);
    offset += headBytes + payload.length;
  }
}
