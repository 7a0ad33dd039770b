/**
 * PostgreSQL keeps the bytes of rows that were changed or deleted until their space is used again. Rewriting the tables
 * leaves them behind at once, except in the write-ahead log, whose files are used again as the server goes on.
 */
import type { Pool } from 'pg';

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

/** Locks one table after the other: for a quiet hour. */
export async function rewriteTables(pool: Pool): Promise<void> {
  for (const table of tables) await pool.query(`vacuum (full, analyze) ${table}`);
  await pool.query('checkpoint');
}
