/** `gatehouse backup` and `gatehouse restore`, as an operator uses them. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandLine, freePorts, gatehouse, launch, listen, scratch, type Scratch } from './spawn.ts';

let place: Scratch;
let here: string[];
let file: string;
let closings: string;

beforeAll(async () => {
  place = await scratch();
  here = ['--data-dir', join(place.folder, 'data')];
  file = join(place.folder, 'saved.backup');
  closings = join(place.folder, 'data', 'closings.log');
});

afterAll(() => place.remove());

it('saves beside a running server, and restores elsewhere with what was closed since', async () => {
  expect((await gatehouse(['demo', '--registrations', '20', ...here])).code).toBe(0);
  const [port = 0] = await freePorts(1);
  const child = launch([commandLine, 'server', ...here, '--port', String(port), '--log', 'warn']);
  const { until, ended } = listen(child);
  await until(/Ctrl\+C stops it/);
  const saved = await gatehouse(['backup', '--out', file, ...here]);
  expect([saved.code, saved.stdout]).toEqual([0, `${file}\n`]);
  expect(saved.stderr).toMatch(/^Saved [\d,]+ rows in [\d,]+ bytes, as of \d+:\d+:\n$/);
  const again = await gatehouse(['backup', '--out', file, ...here]);
  expect([again.code, again.stderr]).toEqual([3, expect.stringMatching(/\[backup_exists\]\n$/)]);

  const inUse = await gatehouse(['restore', file, '--replace', ...here]);
  expect([inUse.code, inUse.stderr]).toEqual([3, expect.stringMatching(/\[database_in_use\]\n$/)]);
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);

  const there = ['--data-dir', join(place.folder, 'there')];
  const unknown = await gatehouse(['restore', file, ...there]);
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toMatch(/\[restore_reopens\]\n(?: {2}.+\n)+$/);
  const restored = await gatehouse(['restore', file, '--closings', closings, ...there]);
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  expect(restored.stdout).toMatch(/^Restored the state of \S+ \(1:\d+\) as epoch \d+\.\nClosed again/);
  const full = await gatehouse(['restore', file, ...there]);
  expect([full.code, full.stderr]).toEqual([3, expect.stringMatching(/\[restore_not_empty\]\n$/)]);
  expect((await gatehouse(['demo', '--registrations', '20', ...there])).stdout).toMatch(/nothing was added/);
});

it('puts a backup without a name into the folder for backups', async () => {
  const { code, stdout } = await gatehouse(['backup', ...here]);
  expect(code).toBe(0);
  const [name = ''] = await readdir(join(place.folder, 'data', 'backups'));
  expect(name).toMatch(/^gatehouse-\d{8}T\d{9}Z\.backup$/);
  expect(stdout).toBe(`${join(place.folder, 'data', 'backups', name)}\n`);
});

it('refuses a damaged file, and says so', async () => {
  const handle = await open(file, 'r+');
  await handle.truncate(1_000);
  await handle.close();
  const { code, stderr } = await gatehouse(['restore', file, '--replace', ...here]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/\[backup_damaged\]\n$/)]);
});
