import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { newId } from '../config/deps.ts';
import { clearAway, retention } from './housekeeping.ts';

const day = 24 * 60 * 60 * 1000;
let test: TestDeps;

beforeEach(async () => {
  test = await createTestDeps();
});
afterEach(() => test.close());

async function mails(count: number, sent: boolean): Promise<void> {
  const at = new Date(test.deps.clock()).toISOString();
  await test.deps.db
    .insertInto('mailOutbox')
    .values(
      Array.from({ length: count }, () => ({
        id: newId(test.deps.clock),
        portalId: null,
        recipient: 'dev@example.com',
        subject: 'Hello',
        body: '',
        createdAt: at,
        nextAttemptAt: at,
        sentAt: sent ? at : null,
        lastError: null,
      })),
    )
    .execute();
}

async function left(): Promise<number> {
  const { count } = await test.deps.db
    .selectFrom('mailOutbox')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

it('clears what was sent long ago, in slices, and nothing that still waits or is recent', async () => {
  await mails(1_200, true);
  await mails(3, false);
  test.advance(29 * day);
  await mails(5, true);
  expect(await clearAway(test.deps)).toBe(true);
  expect(await left()).toBe(1_208);
  test.advance(day + 1);
  expect(await clearAway(test.deps)).toBe(true);
  expect(await left()).toBe(8);
  expect(await test.deps.metrics.registry.metrics()).toContain(
    'gatehouse_purged_rows_total{table="mail_outbox"} 1200',
  );
});

it('leaves the work to another process that is at it', async () => {
  await mails(1, true);
  test.advance(31 * day);
  await test.deps.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(4720001)`.execute(trx);
    expect(await clearAway(test.deps)).toBe(false);
  });
  expect(await left()).toBe(1);
  expect(await clearAway(test.deps)).toBe(true);
  expect(await left()).toBe(0);
});

it('names tables and columns that there are', async () => {
  for (const { table, column } of retention) {
    const found = await sql`
      select from information_schema.columns where table_name = ${table} and column_name = ${column}`.execute(
      test.deps.db,
    );
    expect([table, column, found.rows.length]).toEqual([table, column, 1]);
  }
});
