import { copyFile, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { makeBackup } from './make.ts';
import { scheduleBackups, stamp, type Schedule } from './schedule.ts';

const hour = 3_600_000;
let base: string;
let folder: string;
let place: TestDeps;
let logged: string[];
let running: Schedule | null = null;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'gatehouse-schedule-'));
  folder = join(base, 'backups');
  place = await createTestDeps();
  logged = [];
});

afterEach(async () => {
  await running?.stop();
  await place.close();
  await rm(base, { recursive: true, force: true });
});

function start(every: number, keep = 2): void {
  const log = pino({ level: 'info' }, { write: (line) => void logged.push(line) });
  const { deps } = place;
  running = scheduleBackups({ ...deps, log, folder, every, keep });
}

const autoNames = async (): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('gatehouse-auto-')).sort();

/** A real one, called as if it were of another time. */
const backUp = async (name: string): Promise<void> => {
  await makeBackup(place.deps.pool, join(folder, name), new Date(place.deps.clock()).toISOString());
};

const nameOf = (hoursAgo: number): string =>
  `gatehouse-auto-${stamp(place.deps.clock() - hoursAgo * hour)}.backup`;

test('the first is made at once, the next when it is due, and only the newest are kept', async () => {
  await mkdir(folder);
  const old = [3, 2].map((hours) => `gatehouse-auto-${stamp(place.deps.clock() - hours * hour)}.backup`);
  const mine = 'gatehouse-20200101T000000000Z.backup';
  for (const name of [...old, mine]) await backUp(name);
  start(hour);
  await vi.waitFor(async () => expect(await autoNames()).not.toContain(old[0]), { timeout: 10_000 });
  const names = await autoNames();
  expect(names).toEqual([old[1], expect.stringContaining('gatehouse-auto-')]);
  expect(await readdir(folder)).toContain(mine);
  const event = await place.deps.db
    .selectFrom('changeLog')
    .select('action')
    .where('kind', '=', 'event')
    .execute();
  expect(event).toEqual([{ action: 'backup.made' }]);
});

test('one that was made lately is enough, also for a server that has just started', async () => {
  await mkdir(folder);
  const lately = `gatehouse-auto-${stamp(place.deps.clock() - hour / 2)}.backup`;
  await backUp(lately);
  start(hour);
  await running?.stop();
  expect(await autoNames()).toEqual([lately]);
});

test('what is of the future or no backup puts none off, and is not counted among those that are kept', async () => {
  await mkdir(folder);
  const [oldest, older, cut, future] = [nameOf(9), nameOf(8), nameOf(0.2), nameOf(-24 * 1_000)];
  await backUp(oldest);
  await backUp(older);
  await copyFile(join(folder, older), join(folder, cut));
  await truncate(join(folder, cut), 1_000);
  await writeFile(join(folder, future), '');
  start(hour, 2);
  await vi.waitFor(() => expect(logged.join('')).toContain('no backups, or of the future'), {
    timeout: 10_000,
  });
  await running?.stop();
  const made = (await autoNames()).filter((name) => ![oldest, older, cut, future].includes(name));
  expect(made).toHaveLength(1);
  expect(await autoNames()).toEqual([older, cut, ...made, future].sort());
});

test('a failure is logged with its code, and leaves nothing behind', async () => {
  await writeFile(folder, 'no folder');
  start(hour);
  await vi.waitFor(() => expect(logged.join('')).toContain('"code":"backup_failed"'), { timeout: 10_000 });
});
