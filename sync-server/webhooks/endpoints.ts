/** Endpoints as owners set them up. Each step is an event in the log; secrets are sealed, and shown once. */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { NewWebhook, Webhook, WebhookPatch } from '../../domain/wire/webhooks.ts';
import type { Cause, Change, Event } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';
import { isoTime, newId, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { ownerOf } from '../secrets/sealed.ts';
import { checkedAddress } from './address.ts';
import { newSecret, shownSecret } from './sign.ts';

/** Each costs every commit a look at its events. */
const maxEndpoints = 20;
/** How long the secret before a new one goes on signing. */
const overlap = 24 * 60 * 60 * 1000;

export type EndpointDeps = Pick<Deps, 'commit' | 'config' | 'clock' | 'sealer'>;

/** Throws `webhook_address_refused` or `too_many_webhooks`. */
export async function addEndpoint(
  deps: EndpointDeps,
  given: NewWebhook,
  cause: Cause,
): Promise<{ readonly id: string; readonly secret: string }> {
  const { commit, config, clock, sealer } = deps;
  const url = checkedAddress(given.url, config.webhookPrivate);
  const id = newId(clock);
  const secret = newSecret();
  const sealed = await sealer.seal(secret, ownerOf.webhook(id));
  await commit(async (change) => {
    const { count } = await change.db
      .selectFrom('webhookEndpoints')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (count >= maxEndpoints) throw new GatehouseError('too_many_webhooks');
    await change.db
      .insertInto('webhookEndpoints')
      .values({
        id,
        url,
        events: [...given.events],
        description: given.description,
        createdAt: change.now,
        pausedReason: null,
        pausedAt: null,
        failingSince: null,
        nextAttemptAt: change.now,
        leasedBy: null,
        leasedUntil: null,
      })
      .execute();
    await insertSecret(change, clock, id, sealed);
    const { events, description } = given;
    tell(change, 'webhook.added', id, cause, { host: new URL(url).host, events, description });
  });
  return { id, secret: shownSecret(secret) };
}

/** Throws `not_found`, `webhook_address_refused` or `webhook_without_secret`. */
export async function changeEndpoint(
  { commit, config }: EndpointDeps,
  id: string,
  patch: WebhookPatch,
  cause: Cause,
): Promise<void> {
  const url = patch.url === undefined ? undefined : checkedAddress(patch.url, config.webhookPrivate);
  const { events, description, paused } = patch;
  await commit(async (change) => {
    const resumed = {
      pausedReason: null,
      pausedAt: null,
      failures: 0,
      failingSince: null,
      nextAttemptAt: change.now,
    };
    const stopped = { pausedReason: 'owner', pausedAt: change.now } as const;
    const known = await change.db
      .selectFrom('webhookEndpoints')
      .select(['url', 'events', 'description', 'pausedReason'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (!known) throw new GatehouseError('not_found');
    await change.db
      .updateTable('webhookEndpoints')
      .set({
        leasedBy: null,
        ...(url === undefined ? {} : { url }),
        ...(events === undefined ? {} : { events: [...events] }),
        ...(description === undefined ? {} : { description }),
        ...(paused === undefined ? {} : paused ? stopped : resumed),
      })
      .where('id', '=', id)
      .execute();
    if (paused === false) await refuseUnsigned(change, id);
    const address = url === known.url ? 'same' : 'another';
    const host = url === undefined ? {} : { host: new URL(url).host, address };
    const narrows = url !== undefined || events !== undefined || paused === true;
    const ends = narrows ? [{ what: 'webhook-changed' as const, id }] : [];
    const before = {
      ...(url === undefined ? {} : { host: new URL(known.url).host }),
      ...(events === undefined ? {} : { events: known.events }),
      ...(description === undefined ? {} : { description: known.description }),
      ...(paused === undefined ? {} : { paused: known.pausedReason !== null }),
    };
    tell(change, 'webhook.changed', id, cause, { ...host, events, description, paused, before }, ends);
  });
}

/** Nothing leaves without a signature. */
async function refuseUnsigned({ db }: Change, id: string): Promise<void> {
  const secret = await db
    .selectFrom('webhookSecrets')
    .select('id')
    .where('endpointId', '=', id)
    .executeTakeFirst();
  if (!secret) throw new GatehouseError('webhook_without_secret');
}

/** Throws `not_found`. What waits for it goes with it. */
export async function removeEndpoint({ commit }: EndpointDeps, id: string, cause: Cause): Promise<void> {
  await commit(async (change) => {
    const removed = await change.db
      .deleteFrom('webhookEndpoints')
      .where('id', '=', id)
      .returning(['url', 'events', 'description'])
      .executeTakeFirst();
    if (!removed) throw new GatehouseError('not_found');
    const { url, events, description } = removed;
    const before = { host: new URL(url).host, events, description };
    tell(change, 'webhook.removed', id, cause, { before }, [{ what: 'webhook', id }]);
  });
}

/** A new secret; the one before signs beside it for a day. Throws `not_found`. */
export async function rotateSecret(
  { commit, clock, sealer }: EndpointDeps,
  id: string,
  cause: Cause,
): Promise<string> {
  const secret = newSecret();
  const sealed = await sealer.seal(secret, ownerOf.webhook(id));
  await commit(async (change) => {
    const endpoint = await change.db
      .selectFrom('webhookEndpoints')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    if (!endpoint) throw new GatehouseError('not_found');
    // At most two live ones: an earlier rotation's is over now.
    await change.db
      .deleteFrom('webhookSecrets')
      .where('endpointId', '=', id)
      .where('retiresAt', 'is not', null)
      .execute();
    await change.db
      .updateTable('webhookSecrets')
      .set({ retiresAt: isoTime(Date.parse(change.now) + overlap) })
      .where('endpointId', '=', id)
      .execute();
    await insertSecret(change, clock, id, sealed);
    tell(change, 'webhook.secret_rotated', id, cause, {}, [{ what: 'webhook-secret', id }]);
  });
  return shownSecret(secret);
}

async function insertSecret(
  change: Change,
  clock: () => number,
  endpointId: string,
  secret: Buffer,
): Promise<void> {
  await change.db
    .insertInto('webhookSecrets')
    .values({ id: newId(clock), endpointId, secret, createdAt: change.now, retiresAt: null })
    .execute();
}

/** The host of an address is told, never its path or query: those may hold a token of the receiver's. */
function tell(
  change: Change,
  name: Event['name'],
  id: string,
  cause: Cause,
  details: Readonly<Record<string, unknown>>,
  ends: readonly Ended[] = [],
): void {
  const said = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  change.event({ name, subject: { entity: 'webhook', id }, details: said, ends, cause });
}

/** All of them, oldest first, or the one of that id. */
export async function listEndpoints(db: Db, id: string | null = null): Promise<Webhook[]> {
  const waiting = sql<number>`count(d.id) filter (where d.dead_at is null)`;
  return db
    .selectFrom('webhookEndpoints as e')
    .leftJoin('webhookDeliveries as d', (join) =>
      join.onRef('d.endpointId', '=', 'e.id').on('d.deliveredAt', 'is', null),
    )
    .select(['e.id', 'e.url', 'e.events', 'e.description', 'e.createdAt', 'e.pausedReason', 'e.pausedAt'])
    .select(['e.failures', waiting.as('pending'), sql<number>`count(d.dead_at)`.as('dead')])
    .$if(id !== null, (query) => query.where('e.id', '=', id ?? ''))
    .groupBy('e.id')
    .orderBy('e.createdAt')
    .execute();
}

/** Throws `not_found`. */
export async function oneEndpoint(db: Db, id: string): Promise<Webhook> {
  const [found] = await listEndpoints(db, id);
  if (!found) throw new GatehouseError('not_found');
  return found;
}
