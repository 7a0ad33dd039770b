import { Client } from 'pg';
import { expect, it } from 'vitest';
import { createTestDeps } from '../config/testing.ts';
import { outwaitTransactions } from './outwait.ts';

it('waits until a transaction that began before is over, known by its snapshot or by its changes', async () => {
  const test = await createTestDeps();
  const { deps, database } = test;
  const [older, newer] = [new Client(database.connection), new Client(database.connection)];
  await Promise.all([older.connect(), newer.connect()]);
  try {
    for (const looking of [
      'begin isolation level repeatable read; select from log_head',
      'begin; select pg_current_xact_id()',
    ]) {
      await older.query(looking);
      // A change that the older one does not see.
      await newer.query('select pg_current_xact_id()');
      expect(await outwaitTransactions(deps.db, 0), looking).toBe(false);
      const waiting = outwaitTransactions(deps.db, 30_000);
      await older.query('commit');
      expect(await waiting).toBe(true);
    }
  } finally {
    await Promise.all([older.end(), newer.end()]);
    await test.close();
  }
});
