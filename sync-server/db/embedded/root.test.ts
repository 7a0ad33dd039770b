import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, embeddedBench } from './testing.ts';

const bench = embeddedBench();
const root = process.getuid?.() === 0;

// Only root has an account that cannot enter its folders.
test.runIf(root)(
  'below a 0700 home of root the data is kept elsewhere, and moves with the data dir',
  async () => {
    const home = join(bench.base, 'home');
    await mkdir(home, { mode: 0o700 });
    const first = await bench.start({ dataDir: join(home, 'data') });
    expect(first.folder.startsWith(join(bench.system, 'data-'))).toBe(true);
    expect(await readFile(join(home, 'data', 'postgres.json'), 'utf8')).toContain(first.folder);
    expect(bench.lines.join('\n')).toContain(`is kept in ${first.folder}`);
    await ask(first.connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
    await first.stop();

    await rename(join(home, 'data'), join(home, 'moved'));
    const moved = await bench.start({ dataDir: join(home, 'moved') });
    expect(await ask(moved.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await moved.stop();

    // A new data dir in the old place is a new database; a lost database is said, not replaced by an empty one.
    const fresh = await bench.start({ dataDir: join(home, 'data') });
    expect(fresh.folder).not.toBe(first.folder);
    await fresh.stop();
    await rm(first.folder, { recursive: true });
    await expect(bench.start({ dataDir: join(home, 'moved') })).rejects.toMatchObject({
      code: 'database_folder_missing',
    });
  },
);

test.runIf(root)('root does not follow a data dir that points outside of its own folders', async () => {
  const outside = await bench.start({ dataDir: join(bench.base, 'outside') });
  await outside.stop();
  const home = join(bench.base, 'home');
  await mkdir(join(home, 'data'), { recursive: true, mode: 0o700 });
  const pointer = { state: 'ready', folder: outside.folder, note: '' };
  await writeFile(join(home, 'data', 'postgres.json'), JSON.stringify(pointer));
  await expect(bench.start({ dataDir: join(home, 'data') })).rejects.toMatchObject({
    code: 'database_folder_missing',
  });
});

test.runIf(root)('under root an existing database runs as the user that owns it', async () => {
  const first = await bench.start();
  await first.stop();
  const nobody = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((line) => line.startsWith('nobody:'));
  const uid = Number(nobody?.split(':')[2]);
  const give = async (path: string): Promise<void> => {
    await chown(path, uid, uid);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await give(join(path, entry.name));
      else await chown(join(path, entry.name), uid, uid);
    }
  };
  await give(first.folder);
  const again = await bench.start();
  expect((await stat(`/proc/${again.pid}`)).uid).toBe(uid);
  expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
