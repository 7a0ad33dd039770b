/** What a receiver never takes is given up after a day, kept, and sent again on an owner's word, as the same delivery. */
import type { Row } from '../../../../domain/entities.ts';
import { redeliver } from '../../../../sync-server/webhooks/deliveries.ts';
import type { Findings } from '../../check.ts';
import type { Endpoint, WebhookStage } from './stage.ts';

const patience = 30_000;
const day = 24 * 60 * 60 * 1000;

async function until(holds: () => Promise<boolean> | boolean): Promise<boolean> {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** `developer` is somebody of whom nothing was told yet. */
export async function tryDeadLetter(
  { db, commit }: WebhookStage,
  { id: endpointId, receiver }: Endpoint,
  developer: Row<'developer'>,
  findings: Findings,
): Promise<void> {
  const mine = ({ body }: { readonly body: { readonly data: { readonly id: string } } }): boolean =>
    body.data.id === developer.id;
  receiver.answer = () => 500;
  const row = { ...developer, state: 'approved' as const, revision: 2 };
  await commit((change) => change.put('developer', [row], { actor: 'system' }));
  await until(() => receiver.received.some(mine));
  const letters = () =>
    db
      .selectFrom('webhookDeliveries')
      .selectAll()
      .where('endpointId', '=', endpointId)
      .where('deliveredAt', 'is', null)
      .execute();
  // A day passes for it, and none for the endpoint, which took others meanwhile.
  const now = new Date().toISOString();
  await db
    .updateTable('webhookDeliveries')
    .set({ triedSince: new Date(Date.now() - day).toISOString(), nextAttemptAt: now })
    .where('endpointId', '=', endpointId)
    .where('deliveredAt', 'is', null)
    .execute();
  await db.updateTable('webhookEndpoints').set({ nextAttemptAt: now }).where('id', '=', endpointId).execute();
  const dead = await until(async () => (await letters()).some(({ deadAt }) => deadAt !== null));
  if (!dead) return findings.add('lost', 'what nobody takes is tried for ever');
  receiver.answer = () => 204;
  await redeliver({ commit }, endpointId, null, { actor: 'system' });
  await db.updateTable('webhookEndpoints').set({ nextAttemptAt: now }).where('id', '=', endpointId).execute();
  if (!(await until(() => receiver.accepted.some(mine)))) {
    return findings.add('lost', 'a dead letter that was sent again has not arrived');
  }
  const ids = new Set(receiver.received.filter(mine).map(({ id }) => id));
  if (ids.size > 1) findings.add('doubled', `a dead letter came under ${ids.size} ids`);
}
