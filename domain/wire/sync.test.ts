import { describe, expect, it } from 'vitest';
import { crc32 } from '../crc32.ts';
import { protocolVersion as now } from './protocol.ts';
import { decodeMessage, encodeMessage, maxMessageBytes } from './sync.ts';

const overhead = 4 + 'presence'.length + 4;

function sized(bytes: number): Uint8Array {
  return encodeMessage({
    kind: 'awareness',
    document: 'presence',
    payload: new Uint8Array(bytes - overhead),
  });
}

/** A frame whose checksum fits, whatever is in it. */
function sealed(...bytes: number[]): Uint8Array {
  const frame = Uint8Array.from([...bytes, 0, 0, 0, 0]);
  new DataView(frame.buffer).setUint32(bytes.length, crc32(frame.subarray(0, bytes.length)));
  return frame;
}

describe('a frame', () => {
  it('has at most 1 MiB, to the byte', () => {
    expect(maxMessageBytes).toBe(1_048_576);
    expect(decodeMessage(sized(maxMessageBytes))?.payload).toHaveLength(maxMessageBytes - overhead);
    expect(decodeMessage(sized(maxMessageBytes + 1))).toBeNull();
  });

  it('is not taken with one bit changed, wherever that is', () => {
    const frame = encodeMessage({ kind: 'sync', document: 'intents/x', payload: Uint8Array.of(2, 1, 7) });
    expect(decodeMessage(frame)).not.toBeNull();
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const copy = Uint8Array.from(frame);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeMessage(copy)).toBeNull();
    }
  });

  it.each([
    ['without a name', sealed(now, 1, 0, 0), true],
    ['of another version', sealed(now + 1, 1, 0, 0), false],
    ['of an unknown kind', sealed(now, 3, 0, 0), false],
    ['whose name is longer than itself', sealed(now, 1, 0, 9, 65), false],
    ['whose name has 200 bytes', sealed(now, 1, 0, 200, ...new Array<number>(200).fill(65)), true],
    ['whose name has 201 bytes', sealed(now, 1, 0, 201, ...new Array<number>(201).fill(65)), false],
    ['of seven bytes', sealed(now, 1, 0), false],
    ['of nothing', new Uint8Array(), false],
  ])('%s', (_what, frame, taken) => {
    expect(decodeMessage(frame) !== null).toBe(taken);
  });
});
