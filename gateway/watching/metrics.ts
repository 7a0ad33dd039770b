/**
 * What Prometheus reads of an agent. Counters and times are counted as they happen; what the agent knows of itself is read
 * when somebody asks. No label comes from outside: the number of series is fixed.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { parseCursor } from '../../domain/cursor.ts';
import type { AgentStatus } from '../agent.ts';
import type { AgentEvents } from './events.ts';
import { freshnessOf, freshnesses } from './health.ts';

export interface AgentMetrics {
  readonly events: AgentEvents;
  /** All of it, as text; with what it is. */
  read(status: AgentStatus): Promise<{ readonly type: string; readonly text: string }>;
}

/** Seconds; from an overlay's line to a snapshot of a million keys. */
const applyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** `now` in milliseconds since 1970, the agent's clock. */
export function createAgentMetrics(now: () => number): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `gatehouse_agent_${name}`, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name: `gatehouse_agent_${name}_total`, help, labelNames, registers });

  const polls = counter('polls', 'Exchanges with the server that were right.');
  const pollErrors = counter('poll_errors', 'Exchanges with the server that failed, by code.', 'code');
  const targetErrors = counter('target_errors', 'What the target could not do at once.');
  const apply = new Histogram({
    name: 'gatehouse_agent_apply_seconds',
    help: 'Time to give verified state to the target.',
    labelNames: ['what'],
    buckets: applyBuckets,
    registers,
  });
  const show = gaugesOf(gauge);
  let polledAt: number | null = null;
  const pollAge = gauge('poll_age_seconds', 'Since the last exchange with the server that was right.');

  return {
    events: {
      polled() {
        polledAt = now();
        polls.inc();
      },
      pullFailed: (code) => pollErrors.inc({ code }),
      applied: (what, seconds) => apply.observe({ what }, seconds),
      targetFailed: () => targetErrors.inc(),
    },
    async read(status) {
      show(status, now());
      if (polledAt === null) pollAge.remove();
      else pollAge.set(Math.max(0, now() - polledAt) / 1000);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

type MakeGauge = <L extends string>(name: string, help: string, ...labelNames: L[]) => Gauge<L>;

/** What there is none of yet is left out: a zero would be a claim. */
function gaugesOf(gauge: MakeGauge): (status: AgentStatus, now: number) => void {
  const seq = gauge('seq', 'The last entry of the server’s log in the verified state.');
  const epoch = gauge('epoch', 'The epoch of the verified state.');
  const lag = gauge('lag_changes', 'Entries that were verified here and that traffic does not meet yet.');
  const unacknowledged = gauge(
    'unacknowledged_changes',
    'Entries that the server does not know to be enforced.',
  );
  const age = gauge('verified_age_seconds', 'Since the server proved the state to be current.');
  const records = gauge('records', 'Records of the verified state, by kind.', 'kind');
  const state = gauge('state', 'Whether keys are checked on fresh state: 1 for what holds.', 'state');
  const stale = gauge('stale_services', 'Services that are refused because the state is too old for them.');
  const connected = gauge('connected', 'Whether the last exchange with the server was right.');
  const live = gauge('target_live', 'Whether traffic meets the newest state.');

  return (status, now) => {
    const held = parseCursor(status.cursor ?? '');
    const behind = (text: string | null): number => {
      const reached = parseCursor(text ?? '');
      if (!held) return 0;
      return reached?.epoch === held.epoch ? Math.max(0, held.seq - reached.seq) : held.seq;
    };
    if (held && status.verifiedAt !== null) {
      seq.set(held.seq);
      epoch.set(held.epoch);
      lag.set(behind(status.enforced));
      unacknowledged.set(behind(status.acknowledged));
      age.set(Math.max(0, now - Date.parse(status.verifiedAt)) / 1000);
    } else for (const none of [seq, epoch, lag, unacknowledged, age]) none.remove();
    for (const kind of ['services', 'credentials', 'connections'] as const)
      records.set({ kind }, status[kind]);
    const holds = freshnessOf(status);
    for (const one of freshnesses) state.set({ state: one }, one === holds ? 1 : 0);
    stale.set(status.staleServices);
    connected.set(status.connected ? 1 : 0);
    live.set(status.target.live ? 1 : 0);
  };
}
