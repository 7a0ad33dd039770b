/** What was told, what waits and what was given up; dead letters are sent once more on an owner's word. */
import { GatehouseError } from '../../domain/errors.ts';
import type { DeliveriesQuery, WebhookDelivery } from '../../domain/wire/webhooks.ts';
import type { Cause } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';

export async function listDeliveries(
  db: Db,
  endpointId: string,
  { state, before, limit }: DeliveriesQuery,
): Promise<WebhookDelivery[]> {
  const rows = await db
    .selectFrom('webhookDeliveries')
    .select([
      'id',
      'seq',
      'type',
      'attempts',
      'createdAt',
      'nextAttemptAt',
      'deliveredAt',
      'deadAt',
      'lastError',
    ])
    .where('endpointId', '=', endpointId)
    .$if(state === 'delivered', (query) => query.where('deliveredAt', 'is not', null))
    .$if(state === 'dead', (query) => query.where('deadAt', 'is not', null))
    .$if(state === 'pending', (query) => query.where('deliveredAt', 'is', null).where('deadAt', 'is', null))
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const pending = row.deliveredAt === null && row.deadAt === null;
    return { ...row, state: stateOf(row), nextAttemptAt: pending ? row.nextAttemptAt : null };
  });
}

function stateOf({
  deliveredAt,
  deadAt,
}: Pick<WebhookDelivery, 'deliveredAt' | 'deadAt'>): WebhookDelivery['state'] {
  if (deliveredAt !== null) return 'delivered';
  return deadAt === null ? 'pending' : 'dead';
}

/** Brings all dead letters of an endpoint back, or the one of that id; how many. Throws `not_found` for an id that is none. */
export async function redeliver(
  { commit }: Pick<Deps, 'commit'>,
  endpointId: string,
  id: string | null,
  cause: Cause,
): Promise<number> {
  return commit(async (change) => {
    const { numUpdatedRows } = await change.db
      .updateTable('webhookDeliveries')
      .set({ deadAt: null, attempts: 0, triedSince: change.now, nextAttemptAt: change.now })
      .where('endpointId', '=', endpointId)
      .where('deadAt', 'is not', null)
      .$if(id !== null, (query) => query.where('id', '=', id ?? ''))
      .executeTakeFirst();
    const count = Number(numUpdatedRows);
    if (count === 0 && id !== null) throw new GatehouseError('not_found');
    const subject = { entity: 'webhook', id: endpointId };
    if (count > 0) change.event({ name: 'webhook.redelivered', subject, details: { count }, cause });
    return count;
  });
}
