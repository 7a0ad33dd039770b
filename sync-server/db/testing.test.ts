import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConnectionConfig } from './embedded/start.ts';
import { createTestDatabase, startTestServer } from './testing.ts';

async function ask(
  connection: ConnectionConfig | { connectionString: string },
  text: string,
): Promise<unknown[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

let server: Awaited<ReturnType<typeof startTestServer>>;

beforeAll(async () => {
  server = await startTestServer(async (connection) => {
    await ask(connection, 'CREATE TABLE thing (name text)');
  });
});

afterAll(() => server.stop());

test('each test database has the migrated tables and shares no rows with another', async () => {
  const [one, other] = await Promise.all([createTestDatabase(server), createTestDatabase(server)]);
  await ask(one.connection, `INSERT INTO thing VALUES ('mine')`);
  expect(await ask({ connectionString: one.connectionString }, 'SELECT name FROM thing')).toEqual([
    { name: 'mine' },
  ]);
  expect(await ask(other.connection, 'SELECT name FROM thing')).toEqual([]);
  await Promise.all([one.drop(), other.drop()]);
});

test('a test database can be dropped while somebody is still connected', async () => {
  const database = await createTestDatabase(server);
  const idle = new Client(database.connection);
  const cutOff = new Promise<Error>((resolve) => idle.on('error', resolve));
  await idle.connect();
  await database.drop();
  expect(await cutOff).toBeInstanceOf(Error);
  await expect(ask(database.connection, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});
