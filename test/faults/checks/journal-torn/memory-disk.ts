/** A journal's disk in memory: quick enough to be damaged at every bit, and it remembers what was put aside. */
import type { Disk, JournalDisk } from '../../../../main/core/journal/disk.ts';

export interface MemoryDisk extends JournalDisk {
  readonly bytes: () => Buffer;
  /** The torn tail that was kept, or null. */
  readonly kept: () => Buffer | null;
}

export function memoryDisk(found: Buffer): MemoryDisk {
  let bytes = Buffer.from(found);
  let kept: Buffer | null = null;
  const write = async (record: Uint8Array, from: number, length: number, place: number) => {
    bytes = Buffer.concat([bytes.subarray(0, place), record.subarray(from, from + length)]);
    return { bytesWritten: length, buffer: record };
  };
  const disk: Disk = {
    write,
    truncate: async (length) => void (bytes = bytes.subarray(0, length)),
    datasync: async () => undefined,
    close: async () => undefined,
  };
  return {
    name: 'memory',
    bytes: () => bytes,
    kept: () => kept,
    read: async () => bytes,
    keepTorn: async (torn, end) => void (kept = Buffer.from(torn.subarray(end))),
    open: async (end) => {
      bytes = bytes.subarray(0, end);
      return disk;
    },
    replace: async (next) => void (bytes = Buffer.from(next)),
  };
}
