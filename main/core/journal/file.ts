/**
 * The journal's file: appended, synced, and never left with half a record that a later append could bury. What waits
 * while a sync is under way shares the next one.
 */
import type { SyncTimes } from '../../../domain/desk/rows.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { writeAll } from '../../../domain/write-all.ts';
import { systemCode } from '../files.ts';
import type { Disk, JournalDisk } from './disk.ts';
import type { Entry } from './entries.ts';
import { encodeRecord, readRecords } from './records.ts';
import { createSyncTimes } from './sync-times.ts';

export interface JournalFile {
  /** Resolves once the entries are on the disk. Throws `disk_full` or `journal_unwritable`, with nothing recorded. */
  append(entries: readonly Entry[]): Promise<void>;
  /** How long the disk takes. */
  syncTimes(): SyncTimes | null;
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
  const times = createSyncTimes();
  let at = end;
  /** Whether something may lie behind `at`. */
  let unsure = false;

  /** After a failed write or sync nobody knows what is on the disk: only cutting back to what was synced makes it sure. */
  const cutBack = async (): Promise<void> => {
    await disk.truncate(at);
    await disk.datasync();
    unsure = false;
  };

  const write = async (entries: readonly Entry[]): Promise<void> => {
    const record = encodeRecord(entries);
    let written = 0;
    try {
      if (unsure) await cutBack();
      unsure = true;
      await writeAll(disk, record, at);
      written = performance.now();
      await disk.datasync();
      unsure = false;
    } catch (error) {
      // Where that fails, too, the next append begins with it.
      await cutBack().catch(() => undefined);
      throw unwritable(error);
    }
    times.note(performance.now() - written);
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
    syncTimes: () => times.read(),
    close: async () => {
      await turn;
      await disk.close();
    },
  };
}

/**
 * Opens (or makes) the file, and cuts a torn tail, which is kept beside it. Throws `journal_damaged` on worse, and
 * `disk_full` or `journal_unwritable` with the file as it was.
 */
export async function openJournalFile(
  disk: JournalDisk,
): Promise<{ file: JournalFile; entries: readonly Entry[] }> {
  try {
    const bytes = await disk.read();
    const { entries, end, state } = readRecords(bytes);
    if (state === 'damaged')
      throw new GatehouseError('journal_damaged', { cause: `${disk.name} at byte ${end}` });
    if (state === 'torn') await disk.keepTorn(bytes, end);
    return { file: appendTo(await disk.open(end), end), entries };
  } catch (error) {
    throw error instanceof GatehouseError ? error : unwritable(error);
  }
}
