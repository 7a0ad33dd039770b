import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { assertDurable } from '../durability.ts';
import { postgresProcesses } from './processes.ts';
import { startEmbeddedPostgres } from './start.ts';
import type { ConnectionConfig, EmbeddedOptions, EmbeddedPostgres } from './start.ts';

const root = process.getuid?.() === 0;
const fixture = fileURLToPath(new URL('./owner.fixture.ts', import.meta.url));
const fixtureSchema = z.object({
  pid: z.number(),
  folder: z.string(),
  connection: z.object({
    host: z.string(),
    port: z.number(),
    user: z.string(),
    database: z.string(),
    ssl: z.literal(false),
  }),
});

let base: string;
/** Shared by the tests, since PostgreSQL's files are copied there: once, not once a test. */
let system: string;
let lines: string[];
let running: EmbeddedPostgres[];

beforeAll(async () => {
  system = await mkdtemp(join(tmpdir(), 'gatehouse-system-'));
  await chmod(system, 0o755);
});

afterAll(() => rm(system, { recursive: true, force: true }));

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'gatehouse-embedded-'));
  await chmod(base, 0o711);
  lines = [];
  running = [];
});

afterEach(async () => {
  for (const server of running) await server.stop();
  await rm(base, { recursive: true, force: true });
});

const log = {
  debug: (line: string) => void lines.push(line),
  info: (line: string) => void lines.push(line),
  warn: (line: string) => void lines.push(line),
};

async function start(more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir: join(base, 'data'),
    systemFolder: system,
    log,
    onExit: () => undefined,
    ...more,
  });
  running.push(server);
  return server;
}

async function ask(connection: ConnectionConfig, ...statements: string[]): Promise<unknown[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const text of statements) ({ rows } = await client.query<Record<string, unknown>>(text));
    return rows;
  } finally {
    await client.end();
  }
}

/** Starts the database in a process of its own. */
async function startElsewhere(
  env = process.env,
): Promise<{ owner: number; ended: Promise<unknown> } & z.infer<typeof fixtureSchema>> {
  const child = spawn(process.execPath, [fixture, join(base, 'data'), system], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const said = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  return { ...fixtureSchema.parse(JSON.parse(String(said[0]))), owner: child.pid ?? 0, ended };
}

async function nothingRunsOn(folder: string): Promise<void> {
  await vi.waitFor(async () => expect(await postgresProcesses(folder)).toEqual([]), {
    timeout: 10_000,
    interval: 20,
  });
}

async function killOutright(server: EmbeddedPostgres): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await nothingRunsOn(server.folder);
}

test('first start gives an empty database that keeps its rows over a clean restart', async () => {
  const first = await start();
  expect(first.version).toMatch(/^18\./);
  expect(await ask(first.connection, 'SELECT current_user AS role, current_database() AS name')).toEqual([
    { role: 'gatehouse', name: 'gatehouse' },
  ]);
  await ask(first.connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
  await first.stop();
  expect(await postgresProcesses(first.folder)).toEqual([]);
  const second = await start();
  expect(await ask(second.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
});

test('the database is private: no port, a socket folder of 0700, no password file', async () => {
  const server = await start();
  expect(await ask(server.connection, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
  expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700);
  expect((await stat(server.folder)).mode & 0o777).toBe(0o700);
  await expect(ask({ ...server.connection, user: 'postgres' }, 'SELECT 1')).rejects.toMatchObject({
    code: '28000',
  });
});

test('stop may be called twice, and is not reported as an exit', async () => {
  const onExit = vi.fn();
  const server = await start({ onExit });
  await Promise.all([server.stop(), server.stop()]);
  expect(onExit).not.toHaveBeenCalled();
});

test('1,000 committed rows are back after a SIGKILL, which is reported', async () => {
  const onExit = vi.fn();
  const server = await start({ onExit });
  const client = new Client(server.connection);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('CREATE TABLE kept (id int)');
  for (let id = 0; id < 1000; id++) await client.query('INSERT INTO kept VALUES ($1)', [id]);
  await killOutright(server);
  await vi.waitFor(() => {
    expect(onExit).toHaveBeenCalledWith({ code: null, signal: 'SIGKILL' });
  });
  const again = await start();
  expect(await ask(again.connection, 'SELECT count(*)::int AS rows, sum(id)::int AS sum FROM kept')).toEqual([
    { rows: 1000, sum: 499_500 },
  ]);
});

test('a backend that computes beside a killed postmaster does not keep the next one from starting', async () => {
  const server = await start();
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
  const again = await start();
  expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await endless).toBeInstanceOf(Error);
});

test('a killed server takes its database with it, and no row is lost', async () => {
  const { owner, ended, folder, connection } = await startElsewhere();
  await ask(connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
  process.kill(owner, 'SIGKILL');
  await ended;
  if (process.platform === 'linux') await nothingRunsOn(folder);
  const again = await start();
  expect(await ask(again.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
});

test('where the kernel cannot do that, the next start stops what was left', async () => {
  const bin = join(base, 'bin');
  await mkdir(bin);
  await symlink('/usr/bin/id', join(bin, 'id'));
  const { pid, owner, ended, folder, connection } = await startElsewhere({ PATH: bin });
  await ask(connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
  process.kill(owner, 'SIGKILL');
  await ended;
  expect((await postgresProcesses(folder)).map((found) => found.pid)).toContain(pid);
  const again = await start();
  expect(lines.join('\n')).toContain(`left running (process ${pid})`);
  expect(again.pid).not.toBe(pid);
  expect(await ask(again.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
});

test('Ctrl+C at the terminal reaches the server, not its database', async () => {
  const { pid, owner, ended, folder, connection } = await startElsewhere();
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
  const first = await start();
  await expect(start()).rejects.toMatchObject({ code: 'database_in_use' });
  const elsewhere = spawn(process.execPath, [fixture, join(base, 'data'), system], { stdio: 'ignore' });
  expect(await once(elsewhere, 'exit')).toEqual([1, null]);
  expect(await ask(first.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('of two first starts at once one gets the database, the other is told', async () => {
  const results = await Promise.allSettled([start(), start()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = results.find((result) => result.status === 'rejected');
  expect(refused?.reason).toMatchObject({ code: 'database_in_use' });
  const server = running[0];
  expect(server && (await ask(server.connection, 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  // Nothing half-built stays behind.
  expect((await readdir(join(base, 'data'))).filter((name) => name.includes('.new-'))).toEqual([]);
});

test('an empty lock file, as a full disk or a power cut leaves it, does not keep the database from starting', async () => {
  const first = await start();
  await first.stop();
  await writeFile(join(first.folder, 'postmaster.pid'), '');
  const again = await start();
  expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a lock file whose pid is another program by now does not keep the database from starting', async () => {
  const server = await start();
  const lock = join(server.folder, 'postmaster.pid');
  const content = await readFile(lock, 'utf8');
  await killOutright(server);
  const other = spawn('sleep', ['60'], root ? { uid: (await stat(server.folder)).uid } : {});
  try {
    await writeFile(lock, content.replace(/^\d+/, String(other.pid)));
    const again = await start();
    expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(other.exitCode).toBeNull();
  } finally {
    other.kill();
  }
});

test('a first start that was killed half-way leaves nothing that a second one trips over', async () => {
  const child = spawn(process.execPath, [fixture, join(base, 'data'), system], { stdio: 'ignore' });
  await vi.waitFor(
    async () => {
      const inside = await readdir(join(base, 'data'));
      expect(inside.some((name) => name.startsWith('postgres.new-'))).toBe(true);
    },
    { timeout: 20_000, interval: 5 },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  const server = await start();
  expect(await ask(server.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await readdir(join(base, 'data'))).filter((name) => name.includes('.new-'))).toEqual([]);
});

test('a database of another major version is refused, with the mend, and untouched', async () => {
  const first = await start();
  await first.stop();
  await writeFile(join(first.folder, 'PG_VERSION'), '17\n');
  await expect(start()).rejects.toMatchObject({
    code: 'database_version',
    message: expect.stringContaining('PostgreSQL 17') as string,
    mend: expect.stringContaining('backup') as string,
  });
  expect(await readFile(join(first.folder, 'PG_VERSION'), 'utf8')).toBe('17\n');
});

test('a folder that is no database is not taken for one', async () => {
  await mkdir(join(base, 'data', 'postgres'), { recursive: true });
  await writeFile(join(base, 'data', 'postgres', 'thesis.txt'), 'mine');
  await expect(start()).rejects.toMatchObject({ code: 'database_folder_foreign' });
  expect(await readFile(join(base, 'data', 'postgres', 'thesis.txt'), 'utf8')).toBe('mine');
});

test('settings that lose commits are refused; the ones in use are durable', async () => {
  const safe = await start();
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
    const unsafe = await start({ settings: { [name]: 'off' } });
    await expect(check(unsafe.connection)).rejects.toMatchObject({
      code: 'settings_unsafe',
      message: expect.stringContaining(`${name} = off`) as string,
    });
    await unsafe.stop();
  }
});

test('a very long data dir path still gets a socket', async () => {
  const server = await start({ dataDir: join(base, 'x'.repeat(100), 'y'.repeat(100)) });
  expect(await ask(server.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

// Only root has an account that cannot enter its folders.
test.runIf(root)(
  'below a 0700 home of root the data is kept elsewhere, and moves with the data dir',
  async () => {
    const home = join(base, 'home');
    await mkdir(home, { mode: 0o700 });
    const first = await start({ dataDir: join(home, 'data') });
    expect(first.folder.startsWith(join(system, 'data-'))).toBe(true);
    expect(await readFile(join(home, 'data', 'postgres.json'), 'utf8')).toContain(first.folder);
    expect(lines.join('\n')).toContain(`is kept in ${first.folder}`);
    await ask(first.connection, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)');
    await first.stop();

    await rename(join(home, 'data'), join(home, 'moved'));
    const moved = await start({ dataDir: join(home, 'moved') });
    expect(await ask(moved.connection, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await moved.stop();

    // A new data dir in the old place is a new database; a lost database is said, not replaced by an empty one.
    const fresh = await start({ dataDir: join(home, 'data') });
    expect(fresh.folder).not.toBe(first.folder);
    await fresh.stop();
    await rm(first.folder, { recursive: true });
    await expect(start({ dataDir: join(home, 'moved') })).rejects.toMatchObject({
      code: 'database_folder_missing',
    });
  },
);

test.runIf(root)('root does not follow a data dir that points outside of its own folders', async () => {
  const outside = await start({ dataDir: join(base, 'outside') });
  await outside.stop();
  const home = join(base, 'home');
  await mkdir(join(home, 'data'), { recursive: true, mode: 0o700 });
  const pointer = { state: 'ready', folder: outside.folder, note: '' };
  await writeFile(join(home, 'data', 'postgres.json'), JSON.stringify(pointer));
  await expect(start({ dataDir: join(home, 'data') })).rejects.toMatchObject({
    code: 'database_folder_missing',
  });
});

test.runIf(root)('under root an existing database runs as the user that owns it', async () => {
  const first = await start();
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
  const again = await start();
  expect((await stat(`/proc/${again.pid}`)).uid).toBe(uid);
  expect(await ask(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
