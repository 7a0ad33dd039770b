import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDb, createPool } from '../db/connect.ts';
import type { Db } from '../db/schema.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { loadServerKey } from '../signing/key.ts';
import { fittingKey } from './fitting-key.ts';
import { newKey } from './key-files.ts';
import { sealerOf } from './seal.ts';

let database: TestDatabase;
let db: Db;
let dataDir: string;
const now = '2026-01-02T03:04:05.678Z';

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDb(createPool(database.connection));
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'));
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

function given(key: Buffer | null, next: Buffer | null = null) {
  return {
    dataDir,
    secretsKey: key?.toString('base64') ?? null,
    secretsKeyNext: next?.toString('base64') ?? null,
  };
}

it('makes one key for all processes of a folder, that nobody else may read', async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, () => fittingKey(db, given(null))));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  expect((await stat(join(dataDir, 'secrets.key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDir)).toEqual(['secrets.key']);
});

it('keeps to the key of the first server, and makes no other where that is missing', async () => {
  const [first, second] = [newKey(), newKey()];
  expect(await fittingKey(db, given(first))).toEqual(first);
  expect(await fittingKey(db, given(first))).toEqual(first);
  await expect(fittingKey(db, given(second))).rejects.toMatchObject({ code: 'secrets_key_wrong' });
  await expect(fittingKey(db, given(null))).rejects.toMatchObject({ code: 'secrets_key_wrong' });
  expect(await readdir(dataDir)).toEqual([]);
});

it('takes the next key of the environment where that is the one that fits', async () => {
  const [former, present] = [newKey(), newKey()];
  await fittingKey(db, given(present));
  expect(await fittingKey(db, given(former, present))).toEqual(present);
  expect(await fittingKey(db, given(present, former))).toEqual(present);
});

it('takes the next key’s file for the present one where a change of keys stopped behind its commit, and drops it before', async () => {
  const present = await fittingKey(db, given(null));
  const text = await readFile(join(dataDir, 'secrets.key'), 'utf8');
  await writeFile(join(dataDir, 'secrets.key.next'), `${newKey().toString('base64')}\n`);
  expect(await fittingKey(db, given(null))).toEqual(present);
  expect(await readdir(dataDir)).toEqual(['secrets.key']);

  await writeFile(join(dataDir, 'secrets.key'), `${newKey().toString('base64')}\n`);
  await writeFile(join(dataDir, 'secrets.key.next'), text);
  expect(await fittingKey(db, given(null))).toEqual(present);
  expect(await readFile(join(dataDir, 'secrets.key'), 'utf8')).toBe(text);
  const [, former] = await readdir(dataDir);
  expect(former).toMatch(/^secrets\.key\.former\.[0-9a-f]{8}$/);
});

it('gives up what a lost key has sealed only where that is said and no key fits', async () => {
  const [lost, key] = [newKey(), newKey()];
  await fittingKey(db, given(lost));
  const before = await loadServerKey(db, sealerOf(lost), now);
  await fittingKey(db, given(lost), true);
  expect((await loadServerKey(db, sealerOf(lost), now)).keyId).toBe(before.keyId);
  await fittingKey(db, given(key), true);
  const after = await loadServerKey(db, sealerOf(key), now);
  expect(after.keyId).not.toBe(before.keyId);
  await expect(fittingKey(db, given(lost))).rejects.toMatchObject({ code: 'secrets_key_wrong' });
});
