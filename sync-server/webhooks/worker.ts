/**
 * Delivers what waits: at least once, under an id that stays the same. Each endpoint has a lane of its own, so that one
 * that is slow or away holds up nobody else; within a lane deliveries go one after the other, in the log's order.
 */
import { randomUUID } from 'node:crypto';
import { isoTime, type Deps } from '../config/deps.ts';
import { startRounds } from '../rounds/rounds.ts';
import { ownerOf } from '../secrets/sealed.ts';
import { leaseMilliseconds, releaseEndpoint, renewLeases, takeEndpoints, type Leased } from './lease.ts';
import type { Poster } from './post.ts';
import { arrived, failedAttempt, restEndpoint, type Due, type ResultDeps } from './results.ts';
import { signedHeaders } from './sign.ts';

export interface WebhookWorker {
  /** Looks for work at once; settles when all lanes are empty. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerDeps extends Pick<
  Deps,
  'db' | 'clock' | 'commit' | 'log' | 'metrics' | 'wake' | 'sealer'
> {
  readonly poster: Poster;
  readonly random?: () => number;
}

const roundMilliseconds = 1_000;
const maxLanes = 32;
/** Deliveries read at once. */
const group = 50;

export function startWebhooks(given: WorkerDeps): WebhookWorker {
  const me = randomUUID();
  const deps: LaneDeps = { random: Math.random, ...given, me };
  const { log, wake, poster } = deps;
  const lanes = new Map<string, Promise<void>>();

  async function look(stopped: () => boolean): Promise<void> {
    const free = maxLanes - lanes.size;
    if (free <= 0) return;
    for (const endpoint of await takeEndpoints(deps, me, free)) {
      const lane = serve(deps, endpoint, stopped)
        .catch((error: unknown) => {
          log.error({ err: error, webhook: endpoint.id }, 'nothing could be delivered to a webhook');
          return restEndpoint(deps, endpoint.id);
        })
        .then(() => releaseEndpoint(deps, me, endpoint.id))
        // The database is away: the lease lapses by itself.
        .catch(() => undefined)
        .finally(() => lanes.delete(endpoint.id));
      lanes.set(endpoint.id, lane);
    }
  }

  const rounds = startRounds(look, {
    every: roundMilliseconds,
    wake,
    failed: (error) => log.warn({ err: error }, 'the webhooks could not be read; trying again'),
  });
  const renewal = setInterval(() => {
    // A lease that is lost for want of a database is taken again once there is one.
    if (lanes.size > 0) renewLeases(deps, me, [...lanes.keys()]).catch(() => undefined);
  }, leaseMilliseconds / 3);
  return {
    async flush() {
      await rounds.now();
      await Promise.all(lanes.values());
    },
    async stop() {
      const looked = rounds.stop();
      poster.close();
      await looked;
      await Promise.all(lanes.values());
      clearInterval(renewal);
    },
  };
}

type LaneDeps = ResultDeps & WorkerDeps & { readonly me: string };

/** Delivers what is due until nothing is, or something fails. */
async function serve(deps: LaneDeps, first: Leased, stopped: () => boolean): Promise<void> {
  const secrets = await liveSecrets(deps, first.id);
  let endpoint = first;
  let due: Due[] = [];
  do {
    due = await dueDeliveries(deps, endpoint.id);
    for (const delivery of due) {
      if (stopped()) return;
      const headers = signedHeaders(delivery.id, deps.clock(), delivery.body, secrets);
      const attempt = await deps.poster.post(endpoint.url, { ...headers }, delivery.body);
      if (!attempt.arrived) {
        // A server that stops cuts its own tries off: no fault of the receiver's.
        if (!stopped()) await failedAttempt(deps, endpoint, delivery, attempt);
        return;
      }
      await arrived(deps, endpoint, delivery);
      endpoint = { ...endpoint, failures: 0 };
    }
  } while (due.length > 0);
}

/** None once the lease is gone: it lapsed, or an owner changed the endpoint, which is then taken anew. */
async function dueDeliveries({ db, clock, me }: LaneDeps, endpointId: string): Promise<Due[]> {
  return db
    .selectFrom('webhookDeliveries')
    .innerJoin('webhookEndpoints', 'webhookEndpoints.id', 'webhookDeliveries.endpointId')
    .select(['webhookDeliveries.id', 'body', 'attempts', 'triedSince'])
    .where('endpointId', '=', endpointId)
    .where('leasedBy', '=', me)
    .where('deliveredAt', 'is', null)
    .where('deadAt', 'is', null)
    .where('webhookDeliveries.nextAttemptAt', '<=', isoTime(clock()))
    .orderBy('seq')
    .limit(group)
    .execute();
}

/** Newest first. */
async function liveSecrets({ db, clock, sealer }: LaneDeps, endpointId: string): Promise<Buffer[]> {
  const sealed = await db
    .selectFrom('webhookSecrets')
    .select('secret')
    .where('endpointId', '=', endpointId)
    .where((eb) => eb.or([eb('retiresAt', 'is', null), eb('retiresAt', '>', isoTime(clock()))]))
    .orderBy('createdAt', 'desc')
    .execute();
  return Promise.all(sealed.map(({ secret }) => sealer.open(secret, ownerOf.webhook(endpointId))));
}
