/** Every transition becomes a delivery for each endpoint that asked for it, in the commit that makes it true. */
import { sql } from 'kysely';
import { targetKinds, targetStateSchema, type TargetKind, type TargetState } from '../../domain/states.ts';
import { isSubscribed, type WebhookBody } from '../../domain/wire/webhooks.ts';
import type { Change, Projection, RowChange } from '../changelog/commit.ts';
import { newId } from '../config/deps.ts';

type Told = RowChange & { readonly kind: TargetKind };

export const projectWebhooks: Projection = async (change, rows) => {
  const told = rows.filter(isTold);
  if (told.length === 0) return;
  const endpoints = await change.db.selectFrom('webhookEndpoints').select(['id', 'events']).execute();
  if (endpoints.length === 0) return;
  const bodies = transitions(change, told, await statesBefore(change, told));
  const deliveries = endpoints.flatMap(({ id: endpointId, events }) =>
    bodies
      .filter(({ type }) => isSubscribed(events, type))
      .map((body) => ({
        id: newId(() => Date.parse(change.now)),
        endpointId,
        seq: body.data.seq,
        type: body.type,
        body: JSON.stringify(body),
      })),
  );
  if (deliveries.length > 0) await insert(change, deliveries);
};

function isTold(row: RowChange): row is Told {
  return targetKinds.some((kind) => kind === row.kind);
}

/** By id; what the log does not know is new. */
async function statesBefore(change: Change, rows: readonly Told[]): Promise<Map<string, TargetState | null>> {
  const ids = [...new Set(rows.map(({ row }) => row.id))];
  const found = await sql<{ id: string; state: string | null }>`
    select ids.id, before.state
    from unnest(${ids}::uuid[]) as ids (id)
    cross join lateral (
      select convert_from(payload, 'UTF8')::jsonb ->> 'state' as state
      from change_log where entity_id = ids.id and kind = 'row' order by seq desc limit 1
    ) as before`.execute(change.db);
  return new Map(found.rows.map(({ id, state }) => [id, stateOf(state)]));
}

function stateOf(value: unknown): TargetState | null {
  const parsed = targetStateSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** In the log's order; a row that changed without changing its state is none. */
function transitions(
  change: Change,
  rows: readonly Told[],
  states: Map<string, TargetState | null>,
): WebhookBody[] {
  return rows.flatMap(({ kind, row, gone, actor, seq }) => {
    const from = states.get(row.id) ?? null;
    const to = gone || !('state' in row) ? null : stateOf(row.state);
    states.set(row.id, to);
    if (from === to) return [];
    const { id, portalId: portal, revision } = row;
    const data = { kind, id, portal, from, to, revision, actor, seq };
    return [{ type: `${kind}.${to ?? 'deleted'}`, timestamp: change.now, data }];
  });
}

async function insert(change: Change, deliveries: readonly object[]): Promise<void> {
  await sql`
    insert into webhook_deliveries (id, endpoint_id, seq, type, body, created_at, tried_since, next_attempt_at)
    select id, "endpointId", seq, type, body, ${change.now}, ${change.now}, ${change.now}
    from jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb)
      as r (id uuid, "endpointId" uuid, seq bigint, type text, body text)`.execute(change.db);
}
