import { Client } from 'pg';
import { expect, it } from 'vitest';
import { createPool } from './connect.ts';
import { createTestDatabase } from './testing.ts';

it('a pool outlives an idle connection that the database ends, with nobody who listens', async () => {
  const database = await createTestDatabase();
  const pool = createPool({ ...database.connection, max: 1 });
  const other = new Client(database.connection);
  await other.connect();
  const mine = async (): Promise<number | undefined> =>
    (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  const before = await mine();
  await other.query('select pg_terminate_backend($1)', [before]);
  await expect.poll(() => pool.totalCount).toBe(0);
  expect(await mine()).not.toBe(before);
  await other.end();
  await pool.end();
  await database.drop();
});
