import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test, vi } from 'vitest';
import { postgresProcesses } from './processes.ts';
import { run } from './run.ts';
import type { EmbeddedPostgres } from './start.ts';
import { ask, embeddedBench, nothingRunsOn } from './testing.ts';

const bench = embeddedBench();
const root = process.getuid?.() === 0;

async function killOutright(server: EmbeddedPostgres): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await nothingRunsOn(server.folder);
}

test('1,000 committed rows are back after a SIGKILL, which is reported', async () => {
  const onExit = vi.fn();
  const server = await bench.start({ onExit });
  const client = new Client(server.connection);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('CREATE TABLE kept (id int)');
  for (let id = 0; id < 1000; id++) await client.query('INSERT INTO kept VALUES ($1)', [id]);
  await killOutright(server);
  await vi.waitFor(() => {
    expect(onExit).toHaveBeenCalledWith({ code: null, signal: 'SIGKILL' });
  });
  const again = await bench.start();
  expect(await ask(again.connection, 'SELECT count(*)::int AS rows, sum(id)::int AS sum FROM kept')).toEqual([
    { rows: 1000, sum: 499_500 },
  ]);
});

test('a backend that computes beside a killed postmaster does not keep the next one from starting', async () => {
  const server = await bench.start();
  const busy = new Client(server.connection);
  busy.on('error', () => undefined);
  await busy.connect();
  const endless = busy
    .query('SELECT count(*) FROM generate_series(1, 1e12::bigint)')
    .catch((error: unknown) => error);
  await vi.waitFor(async () =>
    expect(
      await ask(
        server.connection,
        `SELECT 1 AS one FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%1e12%' AND pid <> pg_backend_pid()`,
      ),
    ).toEqual([{ one: 1 }]),
  );
  process.kill(server.pid, 'SIGKILL');
  const again = await bench.start();
  expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await endless).toBeInstanceOf(Error);
});

test('a killed server takes its database with it, and no row is lost', async () => {
  const { owner, ended, folder, connection } = await bench.startElsewhere();
  await ask(connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
  process.kill(owner, 'SIGKILL');
  await ended;
  if (process.platform === 'linux') await nothingRunsOn(folder);
  const again = await bench.start();
  expect(await ask(again.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
});

test('where the kernel cannot do that, the next start stops what was left', async () => {
  const bin = join(bench.base, 'bin');
  await mkdir(bin);
  await symlink('/usr/bin/id', join(bin, 'id'));
  const { pid, owner, ended, folder, connection } = await bench.startElsewhere({ PATH: bin });
  await ask(connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
  process.kill(owner, 'SIGKILL');
  await ended;
  expect((await postgresProcesses(folder)).map((found) => found.pid)).toContain(pid);
  const again = await bench.start();
  expect(bench.lines.join('\n')).toContain(`left running (process ${pid})`);
  expect(again.pid).not.toBe(pid);
  expect(await ask(again.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
});

test('Ctrl+C at the terminal reaches the server, not its database', async () => {
  const { pid, owner, ended, folder, connection } = await bench.startElsewhere();
  const group = async (of: number): Promise<string | undefined> =>
    (await readFile(`/proc/${of}/stat`, 'utf8')).split(') ')[1]?.split(' ')[2];
  if (process.platform === 'linux') {
    expect(await group(pid)).toBe(String(pid));
    expect(await group(owner)).not.toBe(String(pid));
  }
  process.kill(owner, 'SIGKILL');
  await ended;
  await nothingRunsOn(folder);
  // Its next start would use it again; there is none.
  await rm(connection.host, { recursive: true });
});

test('a database whose server is alive is refused and goes on', async () => {
  const first = await bench.start();
  await expect(bench.start()).rejects.toMatchObject({ code: 'database_in_use' });
  const elsewhere = bench.spawnOwner();
  expect(await once(elsewhere, 'exit')).toEqual([1, null]);
  expect(await ask(first.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('of two first starts at once one gets the database, the other is told', async () => {
  const results = await Promise.allSettled([bench.start(), bench.start()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = results.find((result) => result.status === 'rejected');
  expect(refused?.reason).toMatchObject({ code: 'database_in_use' });
  const server = results.find((result) => result.status === 'fulfilled')?.value;
  expect(server && (await ask(server.connection, 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  // Nothing half-built stays behind.
  expect((await readdir(bench.dataDir)).filter((name) => name.includes('.new-'))).toEqual([]);
});

test('an empty lock file, as a full disk or a power cut leaves it, does not keep the database from starting', async () => {
  const first = await bench.start();
  await first.stop();
  await writeFile(join(first.folder, 'postmaster.pid'), '');
  const again = await bench.start();
  expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a lock file whose pid is another program by now does not keep the database from starting', async () => {
  const server = await bench.start();
  const lock = join(server.folder, 'postmaster.pid');
  const content = await readFile(lock, 'utf8');
  await killOutright(server);
  const other = spawn('sleep', ['60'], root ? { uid: (await stat(server.folder)).uid } : {});
  try {
    await writeFile(lock, content.replace(/^\d+/, String(other.pid)));
    const again = await bench.start();
    expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(other.exitCode).toBeNull();
  } finally {
    other.kill();
  }
});

test('a first start that was killed half-way leaves nothing that a second one trips over', async () => {
  const child = bench.spawnOwner();
  await vi.waitFor(
    async () => {
      const inside = await readdir(bench.dataDir);
      expect(inside.some((name) => name.startsWith('postgres.new-'))).toBe(true);
    },
    { timeout: 20_000, interval: 5 },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  const server = await bench.start();
  expect(await ask(server.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await readdir(bench.dataDir)).filter((name) => name.includes('.new-'))).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'a database that is not to be seen, as of another container, is left alone',
  async () => {
    const first = await bench.start();
    const { folder } = first;
    expect((await run('flock', ['--nonblock', folder, 'true'])).status).toBe(1);
    await first.stop();
    // As it is for whoever shares the folder with another container: something holds it, and no process is to be found.
    const unseen = spawn('flock', ['--no-fork', folder, 'sh', '-c', 'echo held; exec sleep 600']);
    await once(unseen.stdout, 'data');
    await writeFile(join(folder, 'postmaster.pid'), `${process.pid}\n`);
    await expect(bench.start()).rejects.toMatchObject({ code: 'database_in_use' });
    expect(await readFile(join(folder, 'postmaster.pid'), 'utf8')).toBe(`${process.pid}\n`);
    unseen.kill();
    await once(unseen, 'exit');
    await rm(join(folder, 'postmaster.pid'));
    await bench.start();
  },
);
