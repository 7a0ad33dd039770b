/** The log of closings: on the disk before the commit is durable, whatever breaks in between. */
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCommit, type BeforeDurable, type Commit } from '../changelog/commit.ts';
import { createDb, createPool } from '../db/connect.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import type { Db } from '../db/schema.ts';
import type { Row } from '../../domain/entities.ts';
import { ensureClosingsLog } from './keep.ts';
import { writeClosings } from './log.ts';
import { readClosings, type KnownClosings } from './read.ts';

let folder: string;
let path: string;
let database: TestDatabase;
let db: Db;
let history: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-closings-'));
  path = join(folder, 'closings.log');
  database = await createTestDatabase();
  db = createDb(createPool(database.connection));
  ({ id: history } = await db.selectFrom('history').select('id').executeTakeFirstOrThrow());
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function commitWith(beforeDurable: BeforeDurable): Commit {
  return createCommit({ db, clock: Date.now, projections: [], beforeDurable, committed: () => undefined });
}

function link(): Row<'link'> {
  const id = (): string => crypto.randomUUID();
  const createdAt = new Date().toISOString();
  return { id: id(), portalId: null, versionId: id(), serviceId: id(), revision: 1, createdAt };
}

/** Takes a link away, which closes a service to a version. Answers its id. */
async function close(commit: Commit): Promise<string> {
  const row = link();
  await commit((change) => change.put('link', [row], { actor: 'system' }));
  await commit((change) => change.drop('link', [row], { actor: 'admin:1' }));
  return row.id;
}

const idsIn = (known: KnownClosings | null): string[] | undefined =>
  known?.closings.flatMap(({ closed }) => closed.map(({ id }) => id));

test('what closes is written with its place in the log, and what opens is not', async () => {
  const id = await close(commitWith(writeClosings(path)));
  const { epoch, seq, hash } = await db.selectFrom('logHead').selectAll().executeTakeFirstOrThrow();
  const closed = [{ kind: 'link', id, gone: true, actor: 'admin:1' }];
  expect(await readClosings(path, history)).toMatchObject({
    closings: [{ epoch, seq, hash: hash.toString('hex'), closed }],
    files: [{ path, since: { epoch, seq: seq - 1 }, lost: false }],
  });
  expect(await db.selectFrom('history').select(['closingEpoch', 'closingSeq']).execute()).toEqual([
    { closingEpoch: epoch, closingSeq: seq },
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('where it cannot be written, nothing is committed', async () => {
  const full = (): Promise<void> => Promise.reject(new Error('ENOSPC'));
  const commit = commitWith(writeClosings(path, full));
  await expect(close(commit)).rejects.toMatchObject({ code: 'closings_unwritable' });
  expect(await db.selectFrom('links').selectAll().execute()).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe('');
  await expect(close(commitWith(writeClosings(folder)))).rejects.toMatchObject({
    code: 'closings_unwritable',
  });
});

test('the line of a commit that failed counts until the next one takes it back', async () => {
  const write = writeClosings(path);
  const failing = commitWith(async (change, rows, ended) => {
    await write(change, rows, ended);
    if (rows.some(({ gone }) => gone)) throw new Error('the connection broke');
  });
  await expect(close(failing)).rejects.toThrow('broke');
  expect(idsIn(await readClosings(path, history))).toHaveLength(1);
  const id = await close(commitWith(write));
  expect(idsIn(await readClosings(path, history))).toEqual([id]);
});

test('a torn tail is cut, and a damaged line in the middle is told of', async () => {
  const commit = commitWith(writeClosings(path));
  const first = await close(commit);
  const whole = await readFile(path, 'utf8');
  for (const length of [1, 9, whole.length - 1]) {
    await appendFile(path, whole.slice(0, length));
    expect(idsIn(await readClosings(path, history))).toEqual([first]);
    await writeFile(path, whole);
  }
  await appendFile(path, whole.slice(0, 40));
  const second = await close(commit);
  expect(idsIn(await readClosings(path, history))).toEqual([first, second]);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(first, second));
  await expect(readClosings(path, history)).rejects.toMatchObject({ code: 'closings_damaged' });
});

test('servers may share a file or have one each; a log of another history says nothing', async () => {
  const other = join(folder, 'closings-other.log');
  const [one, two] = [commitWith(writeClosings(path)), commitWith(writeClosings(path))];
  const three = commitWith(writeClosings(other));
  const ids = await Promise.all([one, two, three, one, two, three].map(close));
  expect(idsIn(await readClosings(folder, history))?.sort()).toEqual(ids.sort());
  expect(await readClosings(folder, crypto.randomUUID())).toBeNull();
});

test('a log is made at the start, so that nothing closed is told from nothing known', async () => {
  expect(await readClosings(path, history)).toBeNull();
  await ensureClosingsLog(db, path);
  await ensureClosingsLog(db, path);
  expect(idsIn(await readClosings(path, history))).toEqual([]);
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2);
});

test('lines hold no name, no address, no reason and no verifier', async () => {
  const commit = commitWith(writeClosings(path));
  const id = crypto.randomUUID();
  const developer: Row<'developer'> = {
    id,
    portalId: id,
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    state: 'revoked',
    revision: 2,
    contentRevision: 1,
    decidedRevision: 2,
    decidedBy: 'admin:1',
    decidedAt: '2026-01-02T03:04:05.678Z',
    decidedAction: 'revoke',
    reason: 'Because of Ada',
    verifiedAt: null,
    createdAt: '2026-01-02T03:04:05.678Z',
  };
  await commit((change) => change.put('developer', [developer], { actor: 'admin:1' }));
  const text = await readFile(path, 'utf8');
  expect(text).toContain(id);
  // No part of a name that a hash could spell by chance, as “ada” is.
  expect(text).not.toMatch(/lovelace|example\.com|because/i);
});
