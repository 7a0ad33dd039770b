/**
 * The pull loop: ask, verify, persist, apply, acknowledge, in this order. It goes on for as long as the program runs; a
 * failure of any kind leaves the last verified state in force until that is stale. Only what was taken away does not wait
 * for a disk that has no room: it closes at once, unacknowledged.
 */
import { formatCursor } from '../domain/cursor.ts';
import { GatehouseError } from '../domain/errors.ts';
import type { Failure } from '../domain/errors.ts';
import type { GatewayLine } from '../domain/wire/gateway.ts';
import { createAcker } from './pull/acker.ts';
import { backoff, rest } from './pull/backoff.ts';
import type { Answer, ServerClient } from './pull/client.ts';
import { checkSnapshot, continues } from './pull/verify.ts';
import { freshUntil, verifiedAt } from './freshness.ts';
import type { Log } from './log.ts';
import { linesOf, readLines } from './state/lines.ts';
import { takenAwayBy, takenAwayUntil } from './state/narrow.ts';
import { createRecords } from './state/records.ts';
import type { Held, Store } from './state/store.ts';
import type { Target, TargetContext } from './target.ts';
import { nobodyCounts, type AgentEvents } from './watching/events.ts';

export interface AgentParts {
  readonly client: ServerClient;
  readonly store: Store;
  readonly createTarget: (context: TargetContext) => Promise<Target>;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told how it goes. */
  readonly events?: AgentEvents;
}

export interface AgentStatus {
  /** `epoch:seq` of the verified state, null before the first. */
  readonly cursor: string | null;
  readonly gateway: string | null;
  readonly services: number;
  readonly credentials: number;
  readonly connections: number;
  /** When the server last proved the state to be current, ISO 8601. */
  readonly verifiedAt: string | null;
  /** Services for which the state has become too old: their calls are refused. */
  readonly staleServices: number;
  /** The cursor that traffic meets; null where nobody knows. */
  readonly enforced: string | null;
  /** The cursor that the server knows this gateway to enforce. */
  readonly acknowledged: string | null;
  /** Whether the last exchange with the server succeeded. */
  readonly connected: boolean;
  readonly failure: Failure | null;
  readonly target: { readonly live: boolean; readonly detail: string };
}

export interface Agent {
  readonly status: () => AgentStatus;
  readonly close: () => Promise<void>;
}

/** Freshness alone reaches the disk this often: losing the rest in a crash only makes the state look older. */
const persistFreshnessEvery = 10_000;

/** Before a snapshot that the server's other view of the records asks for, so that it cannot become a busy loop. */
const disagreementPause = 1_000;

/** Loads what is on disk, starts the target with it, then pulls until closed. */
export async function startAgent(parts: AgentParts): Promise<Agent> {
  const { client, store, log, now, events = nobodyCounts } = parts;
  const stop = new AbortController();
  const acker = createAcker(client, log, stop.signal);
  let failure: Failure | null = null;
  let connected = false;
  let persistedAt = 0;
  let enforced: string | null = null;
  /** Whether more was taken away than the disk knows of: no cursor names what is enforced then. */
  let ahead = false;
  /** A snapshot could not be kept: changes since the disk's cursor would not bring all that it closed meanwhile. */
  let snapshotDue = false;
  let held = await loadHeld(store, log);

  const target = await parts.createTarget({
    held: () => held,
    enforced: () => {
      if (!held || ahead) return;
      enforced = cursorOf(held);
      acker.acknowledge(enforced, held.records.digest());
    },
    failed: () => events.targetFailed(),
  });

  async function give(what: 'snapshot' | 'changes', work: Promise<void>): Promise<void> {
    const began = performance.now();
    await work;
    events.applied(what, (performance.now() - began) / 1000);
  }

  if (held) {
    persistedAt = held.verifiedAt;
    log.info({ cursor: cursorOf(held) }, 'resumed from disk');
    await give('snapshot', target.load(held));
  }

  async function takeSnapshot(): Promise<void> {
    const answer = await client.snapshot(stop.signal);
    checkSnapshot(held?.envelope ?? null, answer.envelope);
    const records = createRecords();
    await readLines(answer.body, (line) => {
      if (line.op !== 'put') throw new GatehouseError('invalid_input');
      records.apply(line);
    });
    const proven = verifiedAt(answer.envelope.issuedAt, now(), 0);
    try {
      await store.saveSnapshot({ ...answer, verifiedAt: proven });
    } catch (error) {
      if (held) await closeUnkept(held, await takenAwayUntil(records, held.records));
      snapshotDue = true;
      throw error;
    }
    persistedAt = proven;
    held = { records, envelope: answer.envelope, verifiedAt: proven };
    ahead = false;
    snapshotDue = false;
    log.info({ cursor: cursorOf(held), ...records.count() }, 'loaded a snapshot');
    await give('snapshot', target.load(held));
  }

  /** What was taken away closes also where the disk has no room to remember it. */
  async function closeUnkept(before: Held, takenAway: readonly GatewayLine[]): Promise<void> {
    if (takenAway.length === 0) return;
    ahead = true;
    applyAll(before, takenAway);
    await give('changes', target.apply(takenAway, before));
  }

  async function takeChanges(before: Held, answer: Answer): Promise<void> {
    const { envelope, body } = answer;
    const proven = verifiedAt(envelope.issuedAt, now(), before.verifiedAt);
    const lines = await linesOf(body);
    const advances = envelope.to > before.envelope.to;
    if (advances || lines.length > 0 || proven - persistedAt >= persistFreshnessEvery) {
      try {
        await store.appendChanges({ envelope, body, verifiedAt: proven });
      } catch (error) {
        await closeUnkept(before, takenAwayBy(lines, before.records));
        throw error;
      }
      persistedAt = proven;
    }
    applyAll(before, lines);
    ahead = false;
    held = { records: before.records, envelope, verifiedAt: proven };
    if (advances || lines.length > 0) await give('changes', target.apply(lines, held));
    else await target.refresh(held);
    await store.compact(held);
  }

  async function pullOnce(): Promise<void> {
    if (acker.disagrees()) {
      await rest(disagreementPause, stop.signal);
      await takeSnapshot();
      acker.agree();
      return;
    }
    if (!held || snapshotDue) {
      await takeSnapshot();
      return;
    }
    const { epoch, to } = held.envelope;
    const answer = await client.changes({ epoch, seq: to }, stop.signal);
    if (answer && continues(held.envelope, answer.envelope)) await takeChanges(held, answer);
    else await takeSnapshot();
  }

  async function pull(): Promise<void> {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        await pullOnce();
        if (!connected) log.info({}, 'in touch with the server');
        connected = true;
        events.polled();
        failures = 0;
        failure = null;
      } catch (error) {
        if (stop.signal.aborted) return;
        const next = asFailure(error);
        if (next.message !== failure?.message) log.warn({ failure: next }, 'no news from the server');
        connected = false;
        events.pullFailed(next.code);
        failure = next;
        failures += 1;
        await rest(backoff(failures), stop.signal);
      }
    }
  }

  const pulling = pull();

  return {
    status: () => ({
      cursor: held && cursorOf(held),
      gateway: held?.envelope.gateway ?? null,
      ...(held?.records.count() ?? { services: 0, credentials: 0, connections: 0 }),
      verifiedAt: held && new Date(held.verifiedAt).toISOString(),
      staleServices: held ? countStale(held, now()) : 0,
      enforced,
      acknowledged: acker.acknowledged(),
      connected,
      failure,
      target: target.health(),
    }),
    async close() {
      stop.abort();
      await pulling;
      await acker.idle();
      await target.close();
      await store.close();
      await client.close();
    },
  };
}

/** Damaged state is as good as none: calls are refused until the server was reached. */
async function loadHeld(store: Store, log: Log): Promise<Held | null> {
  try {
    return await store.load();
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    log.error({ failure: error.failure }, 'starting without state');
    return null;
  }
}

function applyAll(held: Held, lines: readonly GatewayLine[]): void {
  for (const line of lines) held.records.apply(line);
}

function countStale({ records, verifiedAt: proven }: Held, now: number): number {
  return [...records.services()].filter(({ maxStaleness }) => freshUntil(proven, maxStaleness) <= now).length;
}

function cursorOf({ envelope }: Held): string {
  return formatCursor({ epoch: envelope.epoch, seq: envelope.to });
}

function asFailure(error: unknown): Failure {
  if (error instanceof GatehouseError) return error.failure;
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  return new GatehouseError('internal', { message }).failure;
}
