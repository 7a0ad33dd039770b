/** Where a journal's bytes lie, as a port: a file, or a disk that a test or a simulation can damage. */
import { open, readFile, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from '../../../domain/write-all.ts';
import { privateFolder, syncFolder, systemCode, writeWhole } from '../files.ts';

/** The part of a file handle that appending needs. */
export interface Disk extends Writable {
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface JournalDisk {
  /** For people: the path. */
  readonly name: string;
  /** All that is there; empty where there is nothing. */
  read(): Promise<Buffer>;
  /** Puts what lies behind byte `end` of `bytes` aside, before it is cut off. */
  keepTorn(bytes: Buffer, end: number): Promise<void>;
  /** Opens for appending, made where it is missing; what lies behind byte `end` is gone, durably. */
  open(end: number): Promise<Disk>;
  /** Puts `bytes` in the place of all that is there, in one step. */
  replace(bytes: Buffer): Promise<void>;
}

/** What is appended to a file that was deleted, or moved away, is kept nowhere that a start would look. */
async function assertInPlace(handle: FileHandle, path: string): Promise<void> {
  const [held, named] = await Promise.all([handle.stat({ bigint: true }), stat(path, { bigint: true })]);
  if (held.ino !== named.ino || held.dev !== named.dev) throw new Error(`${path} is another file by now`);
}

export function fileDisk(path: string): JournalDisk {
  const folder = dirname(path);
  return {
    name: path,
    read: async () => {
      await privateFolder(folder);
      return readFile(path).catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
        throw error;
      });
    },
    keepTorn: async (bytes, end) => {
      const aside = `${path}.torn-${end}-${bytes.length}`;
      await writeFile(aside, bytes.subarray(end), { mode: 0o600, flush: true });
      await syncFolder(folder);
    },
    open: async (end) => {
      const handle = await open(path, end === 0 ? 'w+' : 'r+', 0o600);
      try {
        if ((await handle.stat()).size > end) {
          await handle.truncate(end);
          await handle.sync();
        }
        await syncFolder(folder);
        return {
          write: (bytes, from, length, position) => handle.write(bytes, from, length, position),
          truncate: (length) => handle.truncate(length),
          datasync: async () => {
            await handle.datasync();
            await assertInPlace(handle, path);
          },
          close: () => handle.close(),
        };
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
    replace: (bytes) => writeWhole(path, bytes),
  };
}
