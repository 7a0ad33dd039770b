/**
 * The journal's file: appended, synced, and never left with half a record that a later append could bury. What waits
 * while a sync is under way shares the next one.
 */
import { open, readFile, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatehouseError } from '../../../domain/errors.ts';
import { privateFolder, syncFolder, systemCode } from '../files.ts';
import type { Entry } from './entries.ts';
import { encodeRecord, readRecords } from './records.ts';

/** The part of a file handle that appending needs; tests bring a disk that is full. */
export type Disk = Pick<FileHandle, 'write' | 'truncate' | 'datasync' | 'close'>;

export interface JournalFile {
  /** Resolves once the entries are on the disk. Throws `disk_full` or `journal_unwritable`, with nothing recorded. */
  append(entries: readonly Entry[]): Promise<void>;
  /** After what is under way. */
  close(): Promise<void>;
}

function unwritable(error: unknown): GatehouseError {
  const code = systemCode(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new GatehouseError(full ? 'disk_full' : 'journal_unwritable', { cause: error });
}

/** Appends to `disk` from byte `end` on. */
export function appendTo(disk: Disk, end: number): JournalFile {
  let waiting: { entries: readonly Entry[]; resolve: () => void; reject: (error: Error) => void }[] = [];
  let turn: Promise<void> | null = null;
  let broken: GatehouseError | null = null;
  let at = end;

  const write = async (entries: readonly Entry[]): Promise<void> => {
    if (broken) throw broken;
    const record = encodeRecord(entries);
    try {
      for (let done = 0; done < record.length;) {
        const { bytesWritten } = await disk.write(record, done, record.length - done, at + done);
        done += bytesWritten;
      }
      await disk.datasync();
    } catch (error) {
      // After a failed sync nobody knows what is on the disk: only cutting back to what was synced makes it sure.
      await disk
        .truncate(at)
        .then(() => disk.datasync())
        .catch((second: unknown) => {
          broken = unwritable(second);
        });
      throw unwritable(error);
    }
    at += record.length;
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(batch.flatMap(({ entries }) => entries));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error));
        for (const { reject } of batch) reject(reason);
      }
    }
    turn = null;
  };

  return {
    append: (entries) =>
      new Promise((resolve, reject) => {
        waiting.push({ entries, resolve, reject });
        turn ??= drain();
      }),
    close: async () => {
      await turn;
      await disk.close();
    },
  };
}

/** Opens (or makes) the file, and cuts a torn tail, which is kept beside it. Throws `journal_damaged` on worse. */
export async function openJournalFile(
  path: string,
): Promise<{ file: JournalFile; entries: readonly Entry[] }> {
  await privateFolder(dirname(path));
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const { entries, end, state } = readRecords(bytes);
  if (state === 'damaged') throw new GatehouseError('journal_damaged', { cause: `${path} at byte ${end}` });
  if (state === 'torn') {
    await writeFile(`${path}.torn-${end}-${bytes.length}`, bytes.subarray(end), { mode: 0o600, flush: true });
  }
  const handle = await open(path, bytes.length === 0 ? 'w+' : 'r+', 0o600);
  if (state === 'torn') {
    await handle.truncate(end);
    await handle.sync();
  }
  await syncFolder(dirname(path));
  return { file: appendTo(handle, end), entries };
}
