/**
 * Tells an append that never finished from damage to what was on the disk. The first may be cut off: nobody was told
 * that it is recorded. The second may not, though nothing sound lies behind it: it may be the last decision, shown and
 * kept, in which a bit has turned. An unfinished append leaves less than it meant to write, or stretches that were never
 * written, which read as NUL; a payload is JSON and never holds one.
 */
import { crc32 } from 'node:zlib';
import { headBytes, magic } from './layout.ts';

/** The least that a disk writes at once, in bytes: what is missing inside of a file is missing by so much. */
const sector = 512;
const nothing = Buffer.alloc(sector);

/** The ends of the tail cannot be NUL by a single turned bit: they are 0xff and `]`. */
function hasHole(tail: Buffer): boolean {
  return tail[0] === 0 || tail.at(-1) === 0 || tail.includes(nothing);
}

/** Whether `tail`, which is not a sound record, is what an unfinished append leaves. */
export function unfinished(tail: Buffer): boolean {
  if (hasHole(tail)) return true;
  const shown = Math.min(tail.length, magic.length);
  if (!tail.subarray(0, shown).equals(magic.subarray(0, shown))) return false;
  if (tail.length < headBytes) return true;
  const payload = tail.subarray(headBytes);
  if (payload.length >= tail.readUInt32BE(4)) return false;
  // All is there and sound, but for the length that was written with it.
  return crc32(payload) !== tail.readUInt32BE(8);
}
