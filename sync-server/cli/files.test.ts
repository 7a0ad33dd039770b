/** Names of files that were mistyped or cannot be used: told by those names, before anything is done. */
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { runCommandLine } from './run.ts';

let folder: string;
let database: TestDatabase;
let here: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-named-'));
  database = await createTestDatabase();
  here = ['--database-url', database.connectionString, '--data-dir', join(folder, 'data')];
  await mkdir(join(folder, 'some'));
  await writeFile(join(folder, 'file'), 'mine');
});

afterEach(async () => {
  await database.drop();
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

async function gatehouse(...words: string[]): Promise<[code: number, said: string]> {
  let said = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const code = await runCommandLine(words).finally(() => spy.mockRestore());
  return [code, said];
}

test.each([
  [['restore', 'none'], 'There is no DIR/none.'],
  [['restore', 'some'], 'DIR/some is a folder, and not a file.'],
  [['restore', 'file/none'], 'There is no DIR/file/none: a part of it is no folder.'],
  [['restore', 'file', '--closings', 'none'], 'There is no DIR/none.'],
  [['audit', 'verify', 'none'], 'There is no DIR/none.'],
  [['audit', 'verify', 'some'], 'DIR/some is a folder, and not a file.'],
  [['audit', 'verify', 'file', '--checkpoints', 'none'], 'There is no DIR/none.'],
  [['audit', 'export', '--out', 'none/export'], 'There is no DIR/none.'],
])('%j names what is wrong with the file', async (words, sentence) => {
  const given = words.map((word) => (/^(none|some|file)/.test(word) ? join(folder, word) : word));
  const [code, said] = await gatehouse(...given, ...here);
  expect([code, said]).toEqual([1, expect.stringMatching(/^gatehouse: .* \[file_unusable\]\n$/)]);
  expect(said).toContain(sentence.replace('DIR', folder));
});

test('an export is not written over, and the log does not tell of one', async () => {
  const [code, said] = await gatehouse('audit', 'export', '--out', join(folder, 'file'), ...here);
  expect([code, said]).toEqual([3, expect.stringMatching(/file is there already\..*\[file_exists\]\n$/)]);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('mine');
  const [done] = await gatehouse('audit', 'export', '--out', join(folder, 'new'), ...here);
  expect(done).toBe(0);
  expect((await readFile(join(folder, 'new'), 'utf8')).match(/audit\.exported/g)).toHaveLength(1);
  expect(await readdir(folder)).toContain('new');
});

test('a wrong setting is named by the option only where the command has one', async () => {
  const wrong = {
    GATEHOUSE_BACKUP_KEEP: 'x',
    GATEHOUSE_TRUSTED_PROXIES: 'y',
    GATEHOUSE_PORT: 'z',
    DATABASE_URL: 'mysql://x',
  };
  for (const [name, value] of Object.entries(wrong)) vi.stubEnv(name, value);
  const lines = async (...words: string[]): Promise<string[]> =>
    (await gatehouse(...words))[1].split('\n').map((line) => line.replace(/: .*/, ''));
  const backup = await lines('backup');
  const server = await lines('server');
  vi.unstubAllEnvs();
  const both = ['  GATEHOUSE_TRUSTED_PROXIES', '  GATEHOUSE_BACKUP_KEEP'];
  expect(backup).toEqual(
    expect.arrayContaining([...both, '  GATEHOUSE_PORT', '  --database-url (DATABASE_URL)']),
  );
  expect(server).toEqual(
    expect.arrayContaining([...both, '  --port (GATEHOUSE_PORT)', '  --database-url (DATABASE_URL)']),
  );
});
