/** What follows from a try: for the delivery, and for its endpoint. */
import { sql } from 'kysely';
import { isoTime, type Deps } from '../config/deps.ts';
import type { Leased } from './lease.ts';
import type { Attempt } from './post.ts';
import { giveUpAfter, longestRest, restDelay, retryDelay } from './schedule.ts';

export interface Due {
  readonly id: string;
  readonly body: string;
  readonly attempts: number;
  readonly triedSince: string;
}

export interface ResultDeps extends Pick<Deps, 'db' | 'clock' | 'commit' | 'log' | 'metrics'> {
  /** From 0 to 1, for the spread of retries. */
  readonly random: () => number;
}

/** More failures in a row than this were an outage: what failed in it is tried again once it is over. */
const outage = 3;

export async function arrived({ db, clock, metrics }: ResultDeps, endpoint: Leased, due: Due): Promise<void> {
  const now = isoTime(clock());
  metrics.webhooks.inc({ result: 'delivered' });
  await db
    .updateTable('webhookDeliveries')
    .set({ deliveredAt: now, attempts: due.attempts + 1, lastError: null })
    .where('id', '=', due.id)
    .execute();
  if (endpoint.failures === 0) return;
  await db
    .updateTable('webhookEndpoints')
    .set({ failures: 0, failingSince: null })
    .where('id', '=', endpoint.id)
    .execute();
  if (endpoint.failures < outage) return;
  await db
    .updateTable('webhookDeliveries')
    .set({ nextAttemptAt: now })
    .where('endpointId', '=', endpoint.id)
    .where('deliveredAt', 'is', null)
    .where('deadAt', 'is', null)
    .execute();
}

export async function failedAttempt(
  deps: ResultDeps,
  endpoint: Leased,
  due: Due,
  { reason, gone }: Attempt & { readonly arrived: false },
): Promise<void> {
  const { db, clock, log, metrics, random } = deps;
  const now = clock();
  const attempts = due.attempts + 1;
  const dead = now - Date.parse(due.triedSince) >= giveUpAfter;
  metrics.webhooks.inc({ result: dead ? 'dead' : 'failed' });
  log.warn({ webhook: endpoint.id, delivery: due.id, attempts, reason, dead }, 'a webhook did not arrive');
  await db
    .updateTable('webhookDeliveries')
    .set({
      attempts,
      lastError: reason,
      deadAt: dead ? isoTime(now) : null,
      nextAttemptAt: isoTime(now + retryDelay(attempts, random)),
    })
    .where('id', '=', due.id)
    .execute();
  const failures = endpoint.failures + 1;
  const { failingSince } = await db
    .updateTable('webhookEndpoints')
    .set({
      failures,
      failingSince: sql`coalesce(failing_since, ${isoTime(now)})`,
      nextAttemptAt: isoTime(now + restDelay(failures, random)),
    })
    .where('id', '=', endpoint.id)
    .returning('failingSince')
    .executeTakeFirstOrThrow();
  if (gone || now - Date.parse(failingSince ?? isoTime(now)) >= giveUpAfter)
    await pause(deps, endpoint.id, reason);
}

/** Leaves an endpoint alone for a while whose secrets cannot be opened, or whose rows cannot be read. */
export async function restEndpoint(
  { db, clock }: Pick<ResultDeps, 'db' | 'clock'>,
  id: string,
): Promise<void> {
  await db
    .updateTable('webhookEndpoints')
    .set({ nextAttemptAt: isoTime(clock() + longestRest) })
    .where('id', '=', id)
    .execute();
}

/** What waits stays; an owner lifts the pause. */
async function pause({ commit, log }: ResultDeps, id: string, reason: string): Promise<void> {
  log.warn({ webhook: id, reason }, 'a webhook is paused: nothing arrives there any more');
  await commit(async (change) => {
    const { numUpdatedRows } = await change.db
      .updateTable('webhookEndpoints')
      .set({ pausedReason: 'failing', pausedAt: change.now })
      .where('id', '=', id)
      .where('pausedReason', 'is', null)
      .executeTakeFirst();
    const subject = { entity: 'webhook', id };
    const cause = { actor: 'system' };
    if (numUpdatedRows > 0n) change.event({ name: 'webhook.paused', subject, details: { reason }, cause });
  });
}
