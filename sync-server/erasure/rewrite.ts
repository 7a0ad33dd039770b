/**
 * PostgreSQL keeps the bytes of rows that were changed or deleted until their space is used again. Rewriting the tables
 * leaves them behind at once, except in the write-ahead log, whose files are used again as the server goes on.
 */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import { outwaitTransactions } from '../db/outwait.ts';
import type { Db } from '../db/schema.ts';

const tables = [
  'change_log',
  'developers',
  'developer_secrets',
  'applications',
  'registrations',
  'credentials',
  'deleted_records',
  'audit_names',
  'mail_outbox',
  'mail_tokens',
  'developer_sessions',
  'intent_outcomes',
  'shared_chunks',
] as const;

/** In milliseconds. */
const patience = 60_000;

/** Locks one table after the other: for a quiet hour. Throws `unavailable` where some transaction does not end. */
export async function rewriteTables(db: Db, longest = patience): Promise<void> {
  if (!(await outwaitTransactions(db, longest))) {
    throw new GatehouseError('unavailable', {
      message:
        'The tables were not rewritten: a transaction of the database goes on that may look at what was erased.',
    });
  }
  for (const table of tables) await sql`vacuum (full, analyze) ${sql.table(table)}`.execute(db);
  await sql`checkpoint`.execute(db);
}
