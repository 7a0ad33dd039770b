/** The audit at the terminal: exported, verified, tampered with, and a person taken out of it. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { commandLine, gatehouse, launch, listen, scratch, type Scratch } from './spawn.ts';

let place: Scratch;
let data: string;
let here: string[];
let email: string;

beforeAll(async () => {
  place = await scratch();
  data = join(place.folder, 'data');
  here = ['--data-dir', data];
  const made = await gatehouse(['demo', '--json', '--registrations', '30', ...here]);
  ({ email } = z
    .object({ developer: z.object({ email: z.string() }) })
    .parse(JSON.parse(made.stdout)).developer);
}, 120_000);

afterAll(() => place.remove());

const at = (name: string): string => join(place.folder, name);

async function exported(name: string): Promise<string> {
  const done = await gatehouse(['audit', 'export', '--out', at(name), ...here]);
  expect([done.code, done.stderr]).toEqual([0, '']);
  return readFile(at(name), 'utf8');
}

it('an export verifies anywhere, and says where it was tampered with', { timeout: 120_000 }, async () => {
  const lines = (await exported('log.ndjson')).split('\n');
  const whole = await gatehouse(['audit', 'verify', at('log.ndjson')]);
  expect([whole.code, whole.stderr]).toEqual([0, '']);
  expect(whole.stdout).toMatch(/The chain holds: [\d,]+ entries \(1–\d+\)/);

  await writeFile(
    at('changed.ndjson'),
    lines.with(7, (lines[7] ?? '').replace('"actor":"', '"actor":"x')).join('\n'),
  );
  const changed = await gatehouse(['audit', 'verify', at('changed.ndjson')]);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toMatch(/^mutated at 7: /);
  expect(changed.stderr).toContain('[audit_broken]');

  await writeFile(at('shorter.ndjson'), lines.toSpliced(9, 1).join('\n'));
  expect((await gatehouse(['audit', 'verify', at('shorter.ndjson')])).stdout).toMatch(/^deleted at 9: /);
  const csv = await gatehouse(['audit', 'export', '--format', 'csv', ...here]);
  expect(csv.stdout.split('\r\n').length).toBeGreaterThan(lines.length - 3);
  const none = await gatehouse(['audit', 'verify', at('changed.ndjson'), '--public-key', 'mine']);
  expect(none.code).toBe(2);
  const mistyped = await gatehouse(['audit', 'verify', at('nothing.ndjson')]);
  expect([mistyped.code, mistyped.stderr]).toEqual([1, expect.stringContaining('[file_unusable]')]);
});

it('a server attests its log outside of its database', { timeout: 120_000 }, async () => {
  const started = launch([commandLine, 'server', '--port', '0', ...here]);
  const running = listen(started);
  await running.until(/Gatehouse is at/);
  started.kill('SIGTERM');
  await running.ended;
  const database = await gatehouse(['audit', 'verify', '--database', ...here]);
  expect([database.code, database.stderr]).toEqual([0, '']);
  expect(database.stdout).toMatch(/checkpoints are signed by [0-9a-f]{64}[^]*[1-9]\d* checkpoints agree/);
});

it(
  'a person is erased from the database’s own files, and the chain holds',
  { timeout: 120_000 },
  async () => {
    expect(await exported('before.ndjson')).toContain(email);
    const erased = await gatehouse(['developer', 'erase', email.toUpperCase(), '--rewrite', ...here]);
    expect([erased.code, erased.stderr]).toEqual([0, '']);
    expect(erased.stdout).toMatch(/^Erased [0-9a-f-]{36}: [1-9]\d* images /);
    expect(await exported('after.ndjson')).not.toContain(email);
    const verified = await gatehouse([
      'audit',
      'verify',
      at('after.ndjson'),
      '--checkpoints',
      join(data, 'checkpoints.log'),
    ]);
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect(await filesWith(email)).toEqual([]);
    expect((await gatehouse(['developer', 'erase', email, ...here])).code).toBe(1);
  },
);

/** Files of the data folder that hold it, but for the write-ahead log, which is used again bit by bit. */
async function filesWith(word: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes('pg_wal')) continue;
    if ((await readFile(path)).includes(word)) found.push(path);
  }
  return found;
}
