/** How much waits to leave this server. */
import { sql } from 'kysely';
import type { Db } from '../db/schema.ts';
import { maxAttempts } from '../mail/outbox.ts';

/** `_dead`: given up, and waiting for the operator. Each is found by an index of its own. */
const queues = [
  { name: 'mail', table: 'mail_outbox', waits: `sent_at is null and attempts < ${maxAttempts}` },
  { name: 'mail_dead', table: 'mail_outbox', waits: `sent_at is null and attempts >= ${maxAttempts}` },
  { name: 'webhook', table: 'webhook_deliveries', waits: 'delivered_at is null and dead_at is null' },
  { name: 'webhook_dead', table: 'webhook_deliveries', waits: 'dead_at is not null' },
] as const;

/** Counted so far and no further: what has piled up does not make it dear to look. */
export const mostCounted = 10_000;

export interface QueueDepth {
  readonly name: string;
  readonly depth: number;
}

export async function queueDepths(db: Db, most = mostCounted): Promise<QueueDepth[]> {
  const counts = queues.map(
    ({ name, table, waits }) => sql`select ${name}::text as name, count(*) as depth
      from (select from ${sql.table(table)} where ${sql.raw(waits)} limit ${most}) as waiting`,
  );
  const { rows } = await sql<QueueDepth>`${sql.join(counts, sql` union all `)}`.execute(db);
  return rows;
}
