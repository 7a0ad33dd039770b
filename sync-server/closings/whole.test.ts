/** Whether a log of closings is whole: what was cut, taken out or put back is noticed, and compaction keeps that. */
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCommit, type Commit } from '../changelog/commit.ts';
import { createDb, createPool } from '../db/connect.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import type { Db } from '../db/schema.ts';
import { compactClosings } from './compact.ts';
import { headPath } from './head.ts';
import { ensureClosingsLog } from './keep.ts';
import { writeClosings } from './log.ts';
import { readClosings } from './read.ts';

let folder: string;
let path: string;
let database: TestDatabase;
let db: Db;
let history: string;
let commit: Commit;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-whole-'));
  path = join(folder, 'closings.log');
  database = await createTestDatabase();
  db = createDb(createPool(database.connection));
  ({ id: history } = await db.selectFrom('history').select('id').executeTakeFirstOrThrow());
  commit = createCommit({
    db,
    clock: Date.now,
    projections: [],
    beforeDurable: writeClosings(path),
    committed: () => undefined,
  });
  await ensureClosingsLog(db, path);
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const device = crypto.randomUUID();

/** Ends a device, which one is all the same. Answers where the log is then. */
async function close(id: string = crypto.randomUUID()): Promise<number> {
  await commit(async (change) => {
    change.event({
      name: 'device.revoked',
      subject: { entity: 'device', id },
      ends: [{ what: 'device', id, admin: device }],
      cause: { actor: 'system' },
    });
    return Promise.resolve();
  });
  const { seq } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return seq;
}

const linesOf = async (): Promise<string[]> => (await readFile(path, 'utf8')).split('\n').slice(0, -1);
const write = (lines: readonly string[]): Promise<void> =>
  writeFile(path, lines.map((line) => `${line}\n`).join(''));
const kept = async () =>
  (await readClosings(path, history))?.files.map(({ since, lost }) => ({ since, lost }));

test('a whole log says from where on it has everything', async () => {
  await close();
  await close();
  expect(await kept()).toEqual([{ since: { epoch: 1, seq: 0 }, lost: false }]);
});

test.each([
  ['its last line', (lines: string[]) => lines.slice(0, -1)],
  ['all but its first line', (lines: string[]) => lines.slice(0, 1)],
  ['a line between', (lines: string[]) => lines.toSpliced(2, 1)],
  ['its beginning', (lines: string[]) => lines.slice(1)],
  ['everything', () => []],
])('a log that has lost %s is noticed, and says so from then on', async (_what, cut) => {
  for (let times = 0; times < 4; times++) await close();
  await write(cut(await linesOf()));
  const read = await kept();
  expect(read === undefined || read[0]?.since === null).toBe(true);
  const seq = await close();
  await ensureClosingsLog(db, path);
  // A gap at the end is noted by the next line itself, one between by the next start.
  expect([seq - 1, seq].map((since) => ({ since: { epoch: 1, seq: since }, lost: true }))).toContainEqual(
    (await kept())?.[0],
  );
});

test('a log that is longer than its head says lost nothing: the server was killed between the two', async () => {
  await close();
  await copyFile(headPath(path), join(folder, 'head'));
  await close();
  await copyFile(join(folder, 'head'), headPath(path));
  await close();
  expect(await kept()).toEqual([{ since: { epoch: 1, seq: 0 }, lost: false }]);
});

test('a head that cannot be read, or a log of the first release, is no alarm', async () => {
  await rm(headPath(path));
  const text = JSON.stringify({ v: 1, history });
  await writeFile(path, `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
  await close();
  await writeFile(headPath(path), 'torn');
  await close();
  expect(await kept()).toEqual([{ since: { epoch: 1, seq: 0 }, lost: false }]);
  expect((await readClosings(path, history))?.closings).toHaveLength(2);
});

test('compaction keeps the last word of each, and whatever comes after follows it', async () => {
  const ids = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  for (let times = 0; times < 60; times++) await close(ids[times % 3]);
  const before = await readClosings(path, history);
  const done = await compactClosings(db, path);
  expect(done?.after).toBe((await stat(path)).size);
  expect(done?.after).toBeLessThan((done?.before ?? 0) / 10);
  const after = await readClosings(path, history);
  expect(after?.files).toEqual(before?.files);
  expect(after?.closings.map(({ seq }) => seq)).toEqual(before?.closings.slice(-4).map(({ seq }) => seq));
  expect(await compactClosings(db, path)).toBeNull();
  await close();
  await close();
  expect(await ensureClosingsLog(db, path)).toBe(false);
  expect(await kept()).toEqual([{ since: { epoch: 1, seq: 0 }, lost: false }]);
  await write((await linesOf()).toSpliced(1, 1));
  expect((await kept())?.[0]?.since).toBeNull();
});

test('what is written while the log is compacted is in it afterwards', async () => {
  const id = crypto.randomUUID();
  for (let times = 0; times < 40; times++) await close(id);
  const others = Array.from({ length: 5 }, () => crypto.randomUUID());
  const [done] = await Promise.all([compactClosings(db, path), ...others.map(close)]);
  expect(done).not.toBeNull();
  const known = await readClosings(path, history);
  const ended = known?.closings.flatMap((closing) => closing.ended ?? []).map((one) => one.id) ?? [];
  expect(new Set(ended)).toEqual(new Set([id, ...others]));
  expect(await kept()).toEqual([{ since: { epoch: 1, seq: 0 }, lost: false }]);
});

test('a log with a gap is not compacted, and the crumbs of a compaction that was killed are no harm', async () => {
  const id = crypto.randomUUID();
  for (let times = 0; times < 20; times++) await close(id);
  await writeFile(`${path}.new`, 'half a fi');
  const whole = await linesOf();
  await write(whole.toSpliced(5, 1));
  expect(await compactClosings(db, path)).toBeNull();
  await write(whole);
  expect(await compactClosings(db, path)).not.toBeNull();
});
