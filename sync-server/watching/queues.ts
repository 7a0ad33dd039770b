/** How much waits to leave this server. */
import { sql } from 'kysely';
import type { Db } from '../db/schema.ts';
import { maxAttempts } from '../mail/outbox.ts';

const queues = ['mail', 'mail_dead', 'webhook', 'webhook_dead'] as const;

export interface QueueDepth {
  readonly name: string;
  readonly depth: number;
}

/** `_dead`: given up, and waiting for the operator. */
export async function queueDepths(db: Db): Promise<QueueDepth[]> {
  const { rows } = await sql<QueueDepth>`
    select case when attempts < ${maxAttempts} then 'mail' else 'mail_dead' end as name, count(*) as depth
      from mail_outbox where sent_at is null group by 1
    union all
    select case when dead_at is null then 'webhook' else 'webhook_dead' end, count(*)
      from webhook_deliveries where delivered_at is null group by 1`.execute(db);
  const depths = new Map(rows.map(({ name, depth }) => [name, depth]));
  return queues.map((name) => ({ name, depth: depths.get(name) ?? 0 }));
}
