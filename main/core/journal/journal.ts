/** The journal of one admin at one server: what was decided is on the disk before it shows. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SyncTimes } from '../../../domain/desk/rows.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { answeredIn, type Answered } from './answered.ts';
import { compact } from './compact.ts';
import type { JournalDisk } from './disk.ts';
import type { Entry } from './entries.ts';
import { openJournalFile } from './file.ts';
import { readRecords } from './records.ts';
import { emptyState, type JournalView } from './state.ts';

export interface JournalOwner {
  readonly server: string;
  readonly admin: string;
}

export interface Journal extends JournalView {
  readonly owner: JournalOwner;
  /** Records, syncs, and only then lets them show. Throws `disk_full` or `journal_unwritable`, with nothing changed. */
  record(entries: readonly Entry[]): Promise<void>;
  /** Decisions that have their answer, oldest first: as long as they are kept. */
  answered(): Promise<readonly Answered[]>;
  /** How long the disk takes to make decisions safe. */
  syncTimes(): SyncTimes | null;
  close(): Promise<void>;
}

export function journalPath(dataDir: string, { server, admin }: JournalOwner): string {
  const name = createHash('sha256').update(`${server}\n${admin}`).digest('hex').slice(0, 32);
  return join(dataDir, 'journals', `${name}.journal`);
}

/** Opens the owner's journal. Throws `journal_damaged` rather than lose a decision in silence. */
export async function openJournal(disk: JournalDisk, owner: JournalOwner, now: number): Promise<Journal> {
  let { file, entries } = await openJournalFile(disk);
  const state = emptyState();
  for (const entry of entries) state.add(entry);

  const head = entries[0];
  if (!head) {
    await file.append([{ t: 'journal', version: 1, ...owner }]).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
  } else if (head.t !== 'journal' || head.server !== owner.server || head.admin !== owner.admin) {
    await file.close();
    throw new GatehouseError('journal_damaged');
  } else if (await compact(disk, entries, state, now).catch(() => true)) {
    // Also where it failed, as on a full disk: the file may be another one by now, and nothing of it is missing.
    await file.close();
    ({ file, entries } = await openJournalFile(disk));
  }

  return {
    ...state,
    owner,
    record: async (fresh) => {
      if (fresh.length === 0) return;
      await file.append(fresh);
      for (const entry of fresh) state.add(entry);
    },
    answered: async () => answeredIn(readRecords(await disk.read()).entries),
    syncTimes: () => file.syncTimes(),
    close: () => file.close(),
  };
}
