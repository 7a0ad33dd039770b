import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test, vi } from 'vitest';
import { assertDurable } from '../durability.ts';
import { postgresProcesses } from './processes.ts';
import type { ConnectionConfig } from './start.ts';
import { ask, embeddedBench } from './testing.ts';

const bench = embeddedBench();

test('first start gives an empty database that keeps its rows over a clean restart', async () => {
  const first = await bench.start();
  expect(first.version).toMatch(/^18\./);
  expect(await ask(first.connection, 'SELECT current_user AS role, current_database() AS name')).toEqual([
    { role: 'gatehouse', name: 'gatehouse' },
  ]);
  await ask(first.connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
  await first.stop();
  expect(await postgresProcesses(first.folder)).toEqual([]);
  const second = await bench.start();
  expect(await ask(second.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
});

test('the database is private: no port, a socket folder of 0700, no password file', async () => {
  const server = await bench.start();
  expect(await ask(server.connection, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
  expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700);
  expect((await stat(server.folder)).mode & 0o777).toBe(0o700);
  await expect(ask({ ...server.connection, user: 'postgres' }, 'SELECT 1')).rejects.toMatchObject({
    code: '28000',
  });
});

test('stop may be called twice, and is not reported as an exit', async () => {
  const onExit = vi.fn();
  const server = await bench.start({ onExit });
  await Promise.all([server.stop(), server.stop()]);
  expect(onExit).not.toHaveBeenCalled();
});

test('a database of another major version is refused, with the mend, and untouched', async () => {
  const first = await bench.start();
  await first.stop();
  await writeFile(join(first.folder, 'PG_VERSION'), '17\n');
  await expect(bench.start()).rejects.toMatchObject({
    code: 'database_version',
    message: expect.stringContaining('PostgreSQL 17') as string,
    mend: expect.stringContaining('backup') as string,
  });
  expect(await readFile(join(first.folder, 'PG_VERSION'), 'utf8')).toBe('17\n');
});

test('a folder that is no database is not taken for one', async () => {
  await mkdir(join(bench.dataDir, 'postgres'), { recursive: true });
  await writeFile(join(bench.dataDir, 'postgres', 'thesis.txt'), 'mine');
  await expect(bench.start()).rejects.toMatchObject({ code: 'database_folder_foreign' });
  expect(await readFile(join(bench.dataDir, 'postgres', 'thesis.txt'), 'utf8')).toBe('mine');
});

test('settings that lose commits are refused; the ones in use are durable', async () => {
  const safe = await bench.start();
  const check = async (connection: ConnectionConfig): Promise<void> => {
    const client = new Client(connection);
    await client.connect();
    try {
      await assertDurable(client);
    } finally {
      await client.end();
    }
  };
  await check(safe.connection);
  await ask(safe.connection, 'ALTER ROLE gatehouse SET synchronous_commit = off');
  await expect(check(safe.connection)).rejects.toMatchObject({ code: 'settings_unsafe' });
  await ask(safe.connection, 'ALTER ROLE gatehouse RESET ALL');
  await safe.stop();
  for (const name of ['fsync', 'full_page_writes']) {
    const unsafe = await bench.start({ settings: { [name]: 'off' } });
    await expect(check(unsafe.connection)).rejects.toMatchObject({
      code: 'settings_unsafe',
      message: expect.stringContaining(`${name} = off`) as string,
    });
    await unsafe.stop();
  }
});

test('a very long data dir path still gets a socket', async () => {
  const server = await bench.start({ dataDir: join(bench.base, 'x'.repeat(100), 'y'.repeat(100)) });
  expect(await ask(server.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
