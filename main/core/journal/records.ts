/**
 * The journal's bytes. One append is one record, so that only the last one can be torn:
 *
 *   4 bytes magic · u32 length of the payload · u32 CRC-32 of the payload · payload: JSON list of entries, UTF-8
 *
 * The magic begins with 0xff, which UTF-8 never holds: what follows a damaged spot can be found again, and so a torn
 * tail (nothing sound behind it) is told from damage in the middle.
 */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { entrySchema, type Entry } from './entries.ts';

const magic = Buffer.from([0xff, 0x47, 0x48, 0x4a]);
const headBytes = 12;

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
  const end = offset + headBytes + bytes.readUInt32BE(offset + 4);
  if (end > bytes.length) return null;
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
  /** `torn`: an append that never finished. `damaged`: sound records lie behind the unreadable spot. */
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
      const state = soundRecordAfter(bytes, offset + 1) ? 'damaged' : 'torn';
      return { entries, end: offset, state };
    }
    const found = parseEntries(payload);
    if (!found) return { entries, end: offset, state: 'damaged' };
    for (const entry of found) entries.push(entry);
    offset += headBytes + payload.length;
  }
}
