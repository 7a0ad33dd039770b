/** Damage to bytes that knows the shape of a frame: with and without a checksum that fits. */
import { crc32 } from 'node:zlib';
import type { Random } from '../../../../sync-server/demo/random.ts';

const tail = 4;

/** The frame with the checksum that its bytes ask for. */
export function repaired(frame: Uint8Array): Uint8Array {
  const copy = Buffer.from(frame);
  if (copy.length >= tail) copy.writeUInt32BE(crc32(copy.subarray(0, -tail)), copy.length - tail);
  return copy;
}

export function checksumFits(frame: Uint8Array): boolean {
  return Buffer.from(frame).equals(Buffer.from(repaired(frame)));
}

export function flipped(frame: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(frame);
  for (let flips = 1 + random.below(6); flips > 0; flips--) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return copy;
}

export function truncated(frame: Uint8Array, random: Random): Uint8Array {
  return frame.slice(0, random.below(frame.length));
}

export function spliced(left: Uint8Array, right: Uint8Array, random: Random): Uint8Array {
  return Buffer.concat([
    left.subarray(0, random.below(left.length)),
    right.subarray(random.below(right.length)),
  ]);
}

/** A piece of it again and again. */
export function repeated(frame: Uint8Array, random: Random): Uint8Array {
  const from = random.below(frame.length);
  const to = from + 1 + random.below(Math.min(16, frame.length - from));
  const piece = frame.subarray(from, to);
  const copies = Array.from({ length: 1 + random.below(random.below(20) === 0 ? 5_000 : 20) }, () => piece);
  return Buffer.concat([frame.subarray(0, to), ...copies, frame.subarray(to)]);
}

const extremes: readonly [Uint8Array, ...Uint8Array[]] = [
  Uint8Array.of(0),
  Uint8Array.of(0x7f),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x00),
  new Uint8Array(64).fill(0xff),
];

/** One byte of it becomes a number that nobody would send. */
export function extreme(frame: Uint8Array, random: Random): Uint8Array {
  const at = random.below(frame.length);
  return Buffer.concat([frame.subarray(0, at), random.pick(extremes), frame.subarray(at + 1)]);
}
