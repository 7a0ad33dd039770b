import { expect, test } from 'vitest';
import { writeAll } from './write-all.ts';

/** A file that takes at most `most` bytes at a time, and `room` in all. */
function narrow(most: number, room: number) {
  const held: number[] = [];
  return {
    held,
    write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
      const bytesWritten = Math.min(most, length, room - position);
      for (let at = 0; at < bytesWritten; at++) held[position + at] = bytes[offset + at] ?? 0;
      return { bytesWritten };
    },
  };
}

test('what is written in parts is there as a whole, behind what was there', async () => {
  const file = narrow(3, 100);
  await writeAll(file, Uint8Array.of(1, 2), 0);
  await writeAll(file, Uint8Array.of(3, 4, 5, 6, 7, 8, 9), 2);
  expect(file.held).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a file that takes nothing more is an error, and no endless try', async () => {
  await expect(writeAll(narrow(3, 5), new Uint8Array(9), 0)).rejects.toThrow('at byte 5');
});

test('nothing to write asks for nothing', async () => {
  await writeAll(narrow(0, 0), new Uint8Array(), 7);
});
