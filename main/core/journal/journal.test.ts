import { randomUUID } from 'node:crypto';
import { copyFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Intent } from '../../../domain/intents.ts';
import type { OutcomeKind } from '../../../domain/outcomes.ts';
import { removeFolder, scratchFolder } from '../testing/desk.ts';
import { intentEntry, testIntent, testOutcome } from '../testing/journal.ts';
import { keptFor } from './compact.ts';
import type { Entry } from './entries.ts';
import { fileDisk, type Disk } from './disk.ts';
import { appendTo } from './file.ts';
import { journalPath, openJournal } from './journal.ts';
import { encodeRecord, readRecords } from './records.ts';

const now = Date.parse('2026-06-01T00:00:00.000Z');
const at = new Date(now).toISOString();
const owner = { server: 'http://localhost:1', admin: randomUUID() };

const intent = (more: Partial<Intent> = {}): Intent => testIntent(at, more);
const outcomeOf = (of: Intent, kind: OutcomeKind, committedAt = at): Entry => ({
  t: 'outcome',
  outcome: testOutcome(of, kind, committedAt),
});

let dataDir: string;
beforeEach(async () => {
  dataDir = await scratchFolder();
});
afterEach(() => removeFolder(dataDir));

test('a journal torn at any byte keeps every whole record and cuts the rest', () => {
  const first = encodeRecord([intentEntry(intent())]);
  const second = encodeRecord([intentEntry(intent()), intentEntry(intent())]);
  const whole = Buffer.concat([first, second]);
  for (let length = 0; length <= whole.length; length++) {
    const { entries, end, state } = readRecords(whole.subarray(0, length));
    const kept = length === whole.length ? 3 : length >= first.length ? 1 : 0;
    const boundary = length === 0 || length === first.length || length === whole.length;
    expect([entries.length, end, state]).toEqual([
      kept,
      kept === 3 ? whole.length : kept === 1 ? first.length : 0,
      boundary ? 'whole' : 'torn',
    ]);
  }
});

test('a flipped byte is damage, never a torn tail, in the last record as well', () => {
  const whole = Buffer.concat([encodeRecord([intentEntry(intent())]), encodeRecord([intentEntry(intent())])]);
  for (let place = 0; place < whole.length; place++) {
    const bent = Buffer.from(whole);
    bent[place] = (bent[place] ?? 0) ^ 0x40;
    expect(readRecords(bent).state).toBe('damaged');
  }
});

test('a tail whose last blocks were never written is torn, wherever they begin', () => {
  const first = encodeRecord([intentEntry(intent())]);
  const second = encodeRecord([intentEntry(intent())]);
  for (let written = 0; written < second.length; written++) {
    const tail = Buffer.concat([second.subarray(0, written), Buffer.alloc(second.length - written)]);
    const { entries, end, state } = readRecords(Buffer.concat([first, tail]));
    expect([entries.length, end, state]).toEqual([1, first.length, 'torn']);
  }
});

test('what was recorded is there after opening again, privately, and a torn tail is kept aside', async () => {
  const [a, b, c] = [intent(), intent(), intent()];
  const journal = await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now);
  await journal.record([intentEntry(a), intentEntry(b), intentEntry(c)]);
  await journal.record([{ t: 'sent', intents: [a.id], at }]);
  await journal.record([{ t: 'cancel', intents: [b.id], at, why: 'undo' }, outcomeOf(c, 'superseded')]);
  await journal.close();
  const path = journalPath(dataDir, owner);
  expect([(await stat(path)).mode & 0o777, (await stat(dirname(path))).mode & 0o777]).toEqual([0o600, 0o700]);
  const sound = await readFile(path);
  await writeFile(path, Buffer.concat([sound, encodeRecord([intentEntry(intent())]).subarray(0, 40)]));

  const again = await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now);
  expect([...again.unanswered.values()].map(({ intent: { id }, sent }) => [id, sent])).toEqual([
    [a.id, true],
  ]);
  expect(again.attentionOn(c.target.id)?.outcome.kind).toBe('superseded');
  await again.close();
  expect((await readFile(path)).equals(sound)).toBe(true);
  expect((await readdir(dirname(path))).filter((name) => name.includes('.torn-'))).toHaveLength(1);
});

test('damage in the middle refuses to open and leaves the file as it is', async () => {
  const journal = await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now);
  await journal.record([intentEntry(intent())]);
  await journal.record([intentEntry(intent())]);
  await journal.close();
  const path = journalPath(dataDir, owner);
  const bytes = await readFile(path);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await expect(openJournal(fileDisk(journalPath(dataDir, owner)), owner, now)).rejects.toMatchObject({
    code: 'journal_damaged',
  });
  expect((await readFile(path)).equals(bytes)).toBe(true);
});

test('nothing shows before it is on the disk, and what waits shares one sync', async () => {
  const log: string[] = [];
  let release = (): void => undefined;
  const disk: Disk = {
    write: async (_record: Uint8Array, _from: number, length: number) => {
      log.push('write');
      return { bytesWritten: length, buffer: _record };
    },
    datasync: () => {
      log.push('sync');
      return new Promise((resolve) => (release = resolve));
    },
    truncate: async () => undefined,
    close: async () => undefined,
  };
  const file = appendTo(disk, 0);
  const shown: number[] = [];
  const appended = [1, 2, 3].map((n) => file.append([intentEntry(intent())]).then(() => shown.push(n)));
  await expect.poll(() => log).toEqual(['write', 'sync']);
  expect(shown).toEqual([]);
  release();
  await expect.poll(() => log).toEqual(['write', 'sync', 'write', 'sync']);
  expect(shown).toEqual([1]);
  release();
  await Promise.all(appended);
  expect(shown).toEqual([1, 2, 3]);
});

test('a full disk records nothing, says so, and the next record lands where the last sound one ended', async () => {
  let full = true;
  let size = 0;
  const disk: Disk = {
    write: async (record: Uint8Array, _from: number, length: number, place: number) => {
      const fits = full ? Math.min(length, 10) : length;
      size = place + fits;
      if (full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return { bytesWritten: fits, buffer: record };
    },
    datasync: async () => undefined,
    truncate: async (length) => void (size = length ?? 0),
    close: async () => undefined,
  };
  const file = appendTo(disk, 100);
  await expect(file.append([intentEntry(intent())])).rejects.toMatchObject({ code: 'disk_full' });
  expect(size).toBe(100);
  full = false;
  const entry = intentEntry(intent());
  await file.append([entry]);
  expect(size).toBe(100 + encodeRecord([entry]).length);
});

test('answered decisions are forgotten after 90 days, unanswered and unresolved ones never', async () => {
  const [answered, unanswered, unresolved, undone] = [intent(), intent(), intent(), intent()];
  const journal = await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now);
  await journal.record([answered, unanswered, unresolved, undone].map(intentEntry));
  await journal.record([{ t: 'sent', intents: [answered.id, unresolved.id], at }]);
  await journal.record([outcomeOf(answered, 'applied'), outcomeOf(unresolved, 'refused')]);
  await journal.record([{ t: 'cancel', intents: [undone.id], at, why: 'undo' }]);
  await journal.close();
  const path = journalPath(dataDir, owner);
  const before = (await stat(path)).size;

  await (await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now + keptFor)).close();
  expect((await stat(path)).size).toBe(before);
  const later = await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now + keptFor + 1);
  expect([...later.unanswered.keys()]).toEqual([unanswered.id]);
  expect([...later.unresolved.keys()]).toEqual([unresolved.id]);
  await later.close();
  const text = (await readFile(path)).toString('latin1');
  expect([answered, undone].some(({ id }) => text.includes(id))).toBe(false);
});

test('a decision is not recorded in a file that was deleted, moved away or replaced', async () => {
  const path = journalPath(dataDir, owner);
  for (const spoil of [
    () => rm(path),
    () => rename(path, `${path}.moved`),
    async () => {
      await copyFile(path, `${path}.copy`);
      await rename(`${path}.copy`, path);
    },
  ]) {
    const journal = await openJournal(fileDisk(path), owner, now);
    await journal.record([intentEntry(intent())]);
    const { size } = journal.unanswered;
    await spoil();
    await expect(journal.record([intentEntry(intent())])).rejects.toMatchObject({
      code: 'journal_unwritable',
    });
    expect(journal.unanswered.size).toBe(size);
    await journal.close();
  }
});
