/** A journal's disk in memory, with the one thing that disks are feared for: what was not synced may be gone. */
import type { JournalDisk } from '../../main/core/journal/disk.ts';
import type { Dice } from './dice.ts';

export interface MemoryDisk extends JournalDisk {
  /** What is on the disk now; the same object for as long as nothing changes. */
  bytes(): Buffer;
  /** The next sync never ends: the power goes while it is under way. `gone` hears of it. */
  cutAtNextSync(gone: () => void): void;
  /** After a power cut: of what was not synced any first part is left. */
  losePower(dice: Dice): void;
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

export function createMemoryDisk(): MemoryDisk {
  let bytes = Buffer.alloc(0);
  let synced = 0;
  let atSync: (() => void) | null = null;
  /** Raised by each power cut: handles from before it are dead. */
  let life = 0;

  return {
    name: 'a journal in memory',
    bytes: () => bytes,
    cutAtNextSync: (gone) => (atSync = gone),
    losePower: (dice) => {
      life++;
      atSync = null;
      bytes = bytes.subarray(0, synced + dice.below(bytes.length - synced + 1));
      synced = bytes.length;
    },
    read: async () => Buffer.from(bytes),
    keepTorn: async () => undefined,
    replace: async (whole) => {
      bytes = Buffer.from(whole);
      synced = bytes.length;
    },
    open: async (end) => {
      const mine = life;
      bytes = bytes.subarray(0, end);
      synced = Math.min(synced, end);
      return {
        write: async (buffer, offset, length, position) => {
          if (mine !== life) return never();
          const piece = buffer.subarray(offset, offset + length);
          bytes = Buffer.concat([bytes.subarray(0, position), piece]);
          return { bytesWritten: length };
        },
        truncate: async (length) => {
          bytes = bytes.subarray(0, length);
          synced = Math.min(synced, length);
        },
        datasync: async () => {
          if (mine !== life) return never();
          if (atSync) {
            const gone = atSync;
            atSync = null;
            life++;
            gone();
            return never();
          }
          synced = bytes.length;
        },
        close: async () => undefined,
      };
    },
  };
}
