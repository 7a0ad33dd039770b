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

it(
  'restores an older backup twice and then a newer one, with keys changed between, and the audit holds',
  { timeout: 240_000 },
  async () => {
    const dataDir = join(place.folder, 'twice');
    const there = ['--data-dir', dataDir];
    const run = async (...words: string[]): Promise<string> => {
      const done = await gatehouse([...words, ...there]);
      expect([words, done.code, done.stderr.match(/\[\w+\]$/m)]).toEqual([words, 0, null]);
      return done.stdout;
    };
    const [older, newer] = ['older', 'newer'].map((name) => join(place.folder, `${name}.backup`));
    const restored = async (name = ''): Promise<void> => {
      const told = await run('restore', name, '--replace');
      expect(told).toContain(`secret of a webhook of hooks.example.com (${id}): paused`);
      expect(told).toContain('sealed with a former key, and are with the present one now');
      expect(await run('audit', 'verify', '--database')).toMatch(/The chain holds: .* checkpoints? agree/);
      expect(await run('webhook', 'list')).toContain('paused (restored)');
    };
    const server = launch([commandLine, 'server', '--port', '0', ...there]);
    const { until, ended } = listen(server);
    await until(/Ctrl\+C stops it/);
    server.kill('SIGINT');
    await ended;
    await run('demo', '--registrations', '5');
    await run('webhook', 'add', 'https://hooks.example.com/in?token=theirs');
    const id = (await run('webhook', 'list')).slice(0, 36);
    for (const name of [older, newer]) {
      await run('backup', '--out', name ?? '');
      await run('secrets', 'rotate');
      await run('webhook', 'secret', id);
    }
    for (const name of [older, older, newer, older]) await restored(name);

    const refused = await gatehouse(['webhook', 'resume', id, ...there]);
    expect(refused.stderr).toContain('[webhook_without_secret]');
    expect(await run('webhook', 'secret', id)).toMatch(/^whsec_/);
    expect(await run('webhook', 'resume', id)).toBe('Delivers again.\n');
    const log = join(place.folder, 'twice.ndjson');
    await run('audit', 'export', '--out', log);
    expect(await run('audit', 'verify', log, '--checkpoints', join(dataDir, 'checkpoints.log'))).toContain(
      'The chain holds',
    );
  },
);

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
