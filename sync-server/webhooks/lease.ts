/**
 * Which process delivers to which endpoint: a lease in the database, renewed while the process lives, so that a killed
 * one's endpoints are taken over some seconds later, and no transaction stays open while a receiver takes its time.
 */
import { sql } from 'kysely';
import { isoTime, type Deps } from '../config/deps.ts';

export const leaseMilliseconds = 6_000;

export interface Leased {
  readonly id: string;
  readonly url: string;
  readonly failures: number;
}

type LeaseDeps = Pick<Deps, 'db' | 'clock'>;

/** Takes up to `limit` endpoints that have something due and that nobody delivers to. */
export async function takeEndpoints({ db, clock }: LeaseDeps, me: string, limit: number): Promise<Leased[]> {
  const now = isoTime(clock());
  const until = isoTime(clock() + leaseMilliseconds);
  const { rows } = await sql<Leased>`
    update webhook_endpoints set leased_by = ${me}, leased_until = ${until}
    where id in (
      select id from webhook_endpoints as e
      where paused_reason is null and next_attempt_at <= ${now}
        and (leased_by is null or leased_until < ${now})
        and exists (
          select from webhook_deliveries
          where endpoint_id = e.id and delivered_at is null and dead_at is null and next_attempt_at <= ${now}
        )
      order by next_attempt_at limit ${limit} for update skip locked
    )
    returning id, url, failures`.execute(db);
  return rows;
}

/** Says that this process goes on delivering to them. */
export async function renewLeases(
  { db, clock }: LeaseDeps,
  me: string,
  ids: readonly string[],
): Promise<void> {
  await db
    .updateTable('webhookEndpoints')
    .set({ leasedUntil: isoTime(clock() + leaseMilliseconds) })
    .where('leasedBy', '=', me)
    .where('id', 'in', ids)
    .execute();
}

export async function releaseEndpoint({ db }: LeaseDeps, me: string, id: string): Promise<void> {
  await db
    .updateTable('webhookEndpoints')
    .set({ leasedBy: null, leasedUntil: null })
    .where('leasedBy', '=', me)
    .where('id', '=', id)
    .execute();
}
