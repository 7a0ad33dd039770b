/**
 * What is read from the database when somebody asks for the metrics: the log's head, who is how far behind it, and what
 * waits. All servers of a database say the same of these.
 */
import { Gauge } from 'prom-client';
import type { Deps } from '../config/deps.ts';
import { productsFilling } from '../scopes/filler.ts';
import { deviceLags, gatewayLags, readLogHead, type Lag } from './lag.ts';
import { mostCounted, queueDepths } from './queues.ts';

export type GaugeDeps = Pick<Deps, 'db' | 'clock' | 'metrics'>;

/** Registers the gauges; the answer reads them anew. Where the database is away they are left out. */
export function createGauges(deps: GaugeDeps): () => Promise<void> {
  const registers = [deps.metrics.registry];
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `gatehouse_${name}`, help, labelNames, registers });

  const up = gauge('database_up', 'Whether the database answered.');
  const seq = gauge('log_head_seq', 'The last entry of the change log.');
  const epoch = gauge('log_head_epoch', 'How often the log was restored, from 1.');
  const feed = gauge(
    'feed_lag_changes',
    'Entries that the slowest reader in this process has not passed on.',
  );
  const device = {
    behind: gauge('device_lag_changes', 'Entries that a device has not received yet.', 'id'),
    age: gauge('device_report_age_seconds', 'Since a device said how far it is.', 'id'),
  };
  const gateway = {
    behind: gauge('gateway_lag_changes', 'Entries that a gateway has not acknowledged yet.', 'id'),
    age: gauge('gateway_report_age_seconds', 'Since a gateway acknowledged.', 'id'),
  };
  const queue = gauge(
    'queue_depth',
    `What waits to be sent, by queue; no more than ${mostCounted} are counted.`,
    'queue',
  );
  const filling = gauge(
    'products_filling',
    'Products that are being filled in for their owners, or cleared.',
  );

  return async () => {
    try {
      const head = await readLogHead(deps.db);
      seq.set(head.seq);
      epoch.set(head.epoch);
      feed.set(Math.max(0, ...deps.metrics.following().map((cursor) => head.seq - cursor.seq)));
      show(device, await deviceLags(deps, head));
      show(gateway, await gatewayLags(deps, head));
      for (const { name, depth } of await queueDepths(deps.db)) queue.labels(name).set(depth);
      filling.set(await productsFilling(deps.db));
      up.set(1);
    } catch {
      // The rest of the metrics is worth having just then.
      for (const single of [seq, epoch, feed, filling]) single.remove();
      for (const { behind, age } of [device, gateway]) for (const many of [behind, age]) many.reset();
      queue.reset();
      up.set(0);
    }
  };
}

interface LagGauges {
  readonly behind: Gauge<'id'>;
  readonly age: Gauge<'id'>;
}

function show({ behind, age }: LagGauges, lags: readonly Lag[]): void {
  behind.reset();
  age.reset();
  for (const { id, changes, seconds } of lags) {
    behind.labels(id).set(changes);
    age.labels(id).set(seconds);
  }
}
