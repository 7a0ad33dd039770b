/**
 * What features count into, and Prometheus reads at `/metrics`: one registry a server, handed to features like any other
 * dependency. Labels are closed lists (route patterns, error codes, kinds), so that nobody outside can make more series.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Committed } from '../changelog/commit.ts';
import type { Cursor } from '../../domain/cursor.ts';

/** Says where a reader of the change log is, and stops when called. */
export type Follow = (cursor: () => Cursor) => () => void;

export interface Metrics {
  readonly registry: Registry;
  /** Requests by method, route pattern and status. */
  readonly http: Histogram<'method' | 'route' | 'status'>;
  /** Answers that were failures, by code; rate limits are `rate_limited`. */
  readonly failures: Counter<'route' | 'code'>;
  /** Told of each commit. */
  readonly committed: (commit: Committed) => void;
  /** How long the disk took to keep what closed access, before its commit. */
  readonly closings: Histogram;
  readonly sync: SyncMetrics;
  readonly mails: Counter<'result'>;
  readonly webhooks: Counter<'result'>;
  readonly purged: Counter<'table'>;
  /** Readers of the log within this process; readiness asks that they keep up. */
  readonly follow: Follow;
  /** The cursors of all that follow now. */
  readonly following: () => readonly Cursor[];
}

export interface SyncMetrics {
  readonly sockets: Gauge;
  /** Bytes of intents that are not decided yet, and of frames that have not left. */
  readonly waiting: Gauge;
  /** Intents that have arrived and are not decided yet. */
  readonly intents: Gauge;
  /** Bytes that have not left: of all sockets, and of the one that holds most. */
  readonly unsent: Gauge;
  readonly unsentLargest: Gauge;
  readonly journal: JournalMetrics;
  /** Connections that were ended for what they sent, by code. */
  readonly refused: Counter<'code'>;
}

/** What desks say of their disks, by device. */
export interface JournalMetrics {
  readonly median: Gauge<'id'>;
  readonly p99: Gauge<'id'>;
}

/** Seconds; from an answer out of memory to one that is about to be given up. */
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** One sync of a file. */
const syncBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
/** Log entries in one commit. */
const sizeBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name: `gatehouse_${name}_total`, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: L[]
  ): Histogram<L> => new Histogram({ name: `gatehouse_${name}`, help, buckets, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `gatehouse_${name}`, help, labelNames, registers });

  const followed = new Set<() => Cursor>();
  return {
    registry,
    http: histogram(
      'http_request_seconds',
      'Time from a request to its answer.',
      requestBuckets,
      'method',
      'route',
      'status',
    ),
    failures: counter('http_failures', 'Answers that were failures, by code.', 'route', 'code'),
    committed: commitMetrics(
      histogram('commit_seconds', 'Time of a commit, the wait for its turn included.', commitBuckets),
      histogram('commit_entries', 'Entries of the change log in one commit.', sizeBuckets),
      counter('outcomes', 'Outcomes of intents, by kind.', 'kind'),
    ),
    closings: histogram(
      'closings_sync_seconds',
      'Time until what closed access was on the disk, before its commit.',
      syncBuckets,
    ),
    sync: {
      sockets: gauge('sync_sockets', 'Open sync sockets of this process.'),
      waiting: gauge(
        'sync_waiting_bytes',
        'What waits in all sockets: intents to be decided, frames to be sent.',
      ),
      intents: gauge('sync_intents_waiting', 'Intents that have arrived and are not decided yet.'),
      unsent: gauge('sync_unsent_bytes', 'Frames that have not left, over all sockets.'),
      unsentLargest: gauge('sync_unsent_largest_bytes', 'The same of the socket that holds most.'),
      journal: {
        median: gauge(
          'device_journal_sync_median_seconds',
          'Median sync of a desk’s journal, as it says.',
          'id',
        ),
        p99: gauge('device_journal_sync_p99_seconds', 'The slowest of a hundred, as the desk says.', 'id'),
      },
      refused: counter('sync_refused', 'Sync connections that were ended, by code.', 'code'),
    },
    mails: counter('mails', 'Mails handed over, and tries that failed.', 'result'),
    webhooks: counter('webhook_deliveries', 'Deliveries: delivered, failed (tried again) or dead.', 'result'),
    purged: counter('purged_rows', 'Rows that housekeeping removed.', 'table'),
    follow(cursor) {
      followed.add(cursor);
      return () => void followed.delete(cursor);
    },
    following: () => [...followed].map((cursor) => cursor()),
  };
}

function commitMetrics(
  seconds: Histogram,
  entries: Histogram,
  outcomes: Counter<'kind'>,
): (commit: Committed) => void {
  return (commit) => {
    seconds.observe(commit.seconds);
    entries.observe(commit.entries);
    for (const kind of commit.outcomes) outcomes.inc({ kind });
  };
}
