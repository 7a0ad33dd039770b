/** Commands on a database that is not there, or of another release's shape: nothing is made, and nothing is changed. */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { z } from 'zod';
import { createDb, createPool } from '../db/connect.ts';
import { appliedMigrations, migrateTo, migrationNames } from '../db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { runCommandLine } from './run.ts';

const fixture = join(import.meta.dirname, '../db/migrations/testing/0001-rows.ndjson');
const lineSchema = z.object({ table: z.string(), row: z.record(z.string(), z.json()) });
/** Of these none changes anything. */
const reading = [
  ['backup'],
  ['audit', 'verify', '--database'],
  ['audit', 'export'],
  ['token', 'list'],
  ['admin', 'list'],
];

let folder: string;
let databases: TestDatabase[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-commands-'));
  databases = [];
});

afterEach(async () => {
  for (const database of databases) await database.drop();
  await rm(folder, { recursive: true });
});

async function gatehouse(...words: string[]) {
  let said = '';
  const hear = (text: string | Uint8Array): boolean => {
    said += String(text);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(hear),
  );
  const code = await runCommandLine(words).finally(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return { code, said };
}

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ ...inject('testServer'), template: 'template0' });
  databases.push(database);
  return database;
}

async function asking<T>({ connection }: TestDatabase, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(connection);
  await client.connect();
  return work(client).finally(() => client.end());
}

async function over<T>(
  { connection }: TestDatabase,
  work: (db: ReturnType<typeof createDb>) => Promise<T>,
): Promise<T> {
  const db = createDb(createPool(connection));
  return work(db).finally(() => db.destroy());
}

const at = (database: TestDatabase): string[] => [
  ...['--database-url', database.connectionString],
  ...['--data-dir', join(folder, 'data')],
];

test('a mistyped folder is no new portal', async () => {
  const typo = join(folder, 'typo');
  for (const words of [
    ...reading,
    ['admin', 'add', 'a@example.com', '--role', 'owner'],
    ['secrets', 'rotate'],
  ]) {
    const { code, said } = await gatehouse(...words, '--data-dir', typo);
    expect([words, code, said]).toEqual([
      words,
      1,
      expect.stringMatching(/^gatehouse: .*\[portal_missing\]\n$/),
    ]);
    expect(said).toContain(`There is no portal in ${typo};`);
  }
  expect(await readdir(folder)).toEqual([]);
});

test('an empty database is none either', async () => {
  const database = await emptyDatabase();
  for (const words of reading) {
    expect((await gatehouse(...words, ...at(database))).said).toMatch(/\[portal_missing\]\n$/);
  }
  const tables = await asking(database, (client) =>
    client.query("select 1 from pg_tables where schemaname = 'public'"),
  );
  expect(tables.rows).toEqual([]);
});

test('a database of a newer release is refused by what both are, also by the server', async () => {
  const database = await createTestDatabase();
  databases.push(database);
  await asking(database, (client) =>
    client.query("insert into kysely_migration (name, timestamp) values ('9999-later', $1)", [
      new Date().toISOString(),
    ]),
  );
  for (const words of [...reading, ['demo'], ['server', '--port', '0', '--log', 'silent']]) {
    const { code, said } = await gatehouse(...words, ...at(database));
    expect([words, code, said]).toEqual([
      words,
      1,
      expect.stringMatching(
        /^gatehouse: .*newer Gatehouse \(its shape is 9999-later\).*\[migrations_differ\]\n$/,
      ),
    ]);
  }
});

test('a database of an earlier release is saved as it is, restored up to date, and else left to the server', async () => {
  const database = await emptyDatabase();
  await over(database, (db) => migrateTo(db, '0001-initial'));
  const lines = (await readFile(fixture, 'utf8')).trim().split('\n');
  await asking(database, async (client) => {
    await client.query('truncate log_head');
    for (const line of lines) {
      const { table, row } = lineSchema.parse(JSON.parse(line));
      const text = `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`;
      await client.query(text, [JSON.stringify(row)]);
    }
  });
  await over(database, (db) => migrateTo(db, '0008-ended-secrets'));
  const file = join(folder, 'before.backup');
  for (const words of reading.slice(1)) {
    const { code, said } = await gatehouse(...words, ...at(database));
    expect([words, code, said]).toEqual([
      words,
      1,
      expect.stringMatching(/earlier Gatehouse \(0008-ended-secrets\).*\[migrations_differ\]\n$/),
    ]);
  }
  const saved = await gatehouse('backup', '--out', file, ...at(database));
  expect([saved.code, saved.said]).toEqual([
    0,
    expect.stringContaining('earlier Gatehouse (0008-ended-secrets)'),
  ]);
  expect((await over(database, appliedMigrations)).at(-1)).toBe('0008-ended-secrets');

  const target = await emptyDatabase();
  const restored = await gatehouse('restore', file, '--accept-reopened', ...at(target));
  expect([restored.code, restored.said]).toEqual([0, expect.stringMatching(/^Restored the state of/)]);
  expect(await over(target, appliedMigrations)).toEqual(migrationNames);
  const idsIn = (one: TestDatabase): Promise<string[]> =>
    asking(one, async (client) => {
      const { rows } = await client.query<{ id: string }>('select id from developers order by id');
      return rows.map(({ id }) => id);
    });
  expect(await idsIn(target)).toEqual(await idsIn(database));
});

test('one from before there were backups is not saved, and says what to do', async () => {
  const database = await emptyDatabase();
  await over(database, (db) => migrateTo(db, '0005-webhooks'));
  const file = join(folder, 'none.backup');
  const { code, said } = await gatehouse('backup', '--out', file, ...at(database));
  expect([code, said]).toEqual([1, expect.stringMatching(/start the server once.*\[backup_failed\]\n$/)]);
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
});
