/**
 * The one way to change anything: rows, their change-log entries and every projection (gateway deltas, mail) in one
 * transaction. The head row is locked first, so commits are serial over all server processes, seq is gapless and in
 * commit order, and rules are judged on rows that cannot move under them.
 */
import { sql, type Transaction } from 'kysely';
import { entities, type EntityKind, type Row } from '../../domain/entities.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import type { Database, Db } from '../db/schema.ts';
import { appendEntries, type PendingEntry } from './append.ts';
import type { Ended } from './ended.ts';
import { eventEntry, outcomeEntry, rowEntry, type Cause, type Event, type OutcomeTarget } from './entries.ts';
import { currentOrigin, type Origin } from './origin.ts';
import { deleteRows, upsertRows } from './rows.ts';
import { openTurns } from './turns.ts';

export type { Cause, Event } from './entries.ts';

/** Notification channel on which every commit announces its last seq. */
export const logChannel = 'gatehouse_log';

/** One changed row, as projections see it. */
export interface RowChange {
  readonly kind: EntityKind;
  /** The after-image, or the last image where it was deleted. */
  readonly row: Row<EntityKind>;
  readonly gone: boolean;
  readonly actor: string;
  /** Its place in the log. */
  readonly seq: number;
}

/** What a change may do. Writes are recorded at once and reach the log in this order. */
export interface Change {
  readonly db: Transaction<Database>;
  /** The server's clock at the start of the transaction, ISO 8601 with milliseconds. */
  readonly now: string;
  readonly epoch: number;
  /** Inserts or replaces published rows and logs their after-images. Rows of one call share a statement. */
  put<K extends EntityKind>(
    kind: K,
    rows: readonly Row<K>[],
    cause: Cause | ((row: Row<K>) => Cause),
  ): Promise<void>;
  /** Deletes published rows and logs tombstones. */
  drop<K extends EntityKind>(
    kind: K,
    rows: readonly Row<K>[],
    cause: Cause | ((row: Row<K>) => Cause),
  ): Promise<void>;
  /** Logs outcomes and returns their seqs; storing them for idempotency is the caller's. */
  outcomes(
    items: readonly { readonly outcome: Outcome; readonly cause: Cause; readonly target: OutcomeTarget }[],
  ): number[];
  /** Logs what happened without a row changing. */
  event(event: Event): void;
}

/** Runs inside the commit, after the change and before the log is written; sees all changed rows in order. */
export type Projection = (change: Change, rows: readonly RowChange[], firstSeq: number) => Promise<void>;

/**
 * Runs at the very end of the transaction, the log written and its head still locked: what has to be kept outside of the
 * database is safe before anybody can hear of the commit. Where it throws, nothing is committed.
 */
export type BeforeDurable = (
  change: Pick<Change, 'db' | 'now'>,
  rows: readonly RowChange[],
  ended: readonly Ended[],
) => Promise<void>;

export interface CommitDeps {
  readonly db: Db;
  readonly clock: () => number;
  readonly projections: readonly Projection[];
  readonly beforeDurable?: BeforeDurable;
  /** Told after the transaction is durable, with the last seq; other processes hear it by NOTIFY. */
  readonly committed: (seq: number) => void;
  /** Told of the same commit, for whoever counts. */
  readonly observe?: (commit: Committed) => void;
  /** How long the head's lock is waited for, in milliseconds, where it is not the usual. */
  readonly patience?: number;
}

/** A commit that logged something, from the outside. */
export interface Committed {
  /** From the wish for the head's lock until it was durable. */
  readonly seconds: number;
  readonly entries: number;
  /** The kinds of the outcomes in it. */
  readonly outcomes: readonly string[];
}

/** Commits of one process that hold a connection each, whether they work or wait for the head. */
const mostAtOnce = 4;
/** How long whoever has the head may leave the others waiting, in milliseconds. */
const headPatience = 20_000;

/**
 * `commit(work)`: runs one change durably. A change that logs nothing commits without a number. Where somebody keeps the
 * head for too long it throws, with nothing done: what is said to be `unavailable` may be tried again.
 */
export type Commit = <T>(work: (change: Change) => Promise<T>) => Promise<T>;

export function createCommit(deps: CommitDeps): Commit {
  const { db, clock, projections, beforeDurable, committed, observe, patience = headPatience } = deps;
  const turn = openTurns(mostAtOnce, patience);
  return async (work) => {
    const started = performance.now();
    const origin = currentOrigin();
    // Said outright: at any other level whoever waited for the head would be refused once it has it.
    const transaction = db.transaction().setIsolationLevel('read committed');
    const { result, seq, entries } = await turn(() =>
      transaction.execute(async (trx) => {
        await sql`set local lock_timeout = ${sql.lit(patience)}`.execute(trx);
        const head = await trx.selectFrom('logHead').selectAll().forUpdate().executeTakeFirstOrThrow();
        const now = new Date(clock()).toISOString();
        const entries: PendingEntry[] = [];
        const changed: RowChange[] = [];
        const ended: Ended[] = [];
        const change = openChange(trx, now, head, { origin, entries, changed, ended });
        const result = await work(change);
        for (const project of projections) await project(change, changed, head.seq + 1);
        if (entries.length === 0) return { result, seq: null, entries };
        const seq = await appendEntries(trx, head, now, entries);
        await beforeDurable?.(change, changed, ended);
        await sql`select pg_notify(${logChannel}, ${String(seq)})`.execute(trx);
        return { result, seq, entries };
      }),
    );
    if (seq !== null) {
      committed(seq);
      observe?.({ seconds: (performance.now() - started) / 1000, ...counted(entries) });
    }
    return result;
  };
}

function counted(entries: readonly PendingEntry[]): Pick<Committed, 'entries' | 'outcomes'> {
  const outcomes = entries.filter(({ kind }) => kind === 'outcome').map(({ action }) => action);
  return { entries: entries.length, outcomes };
}

/** What a change has done so far. */
interface Recorded {
  readonly origin: Origin;
  readonly entries: PendingEntry[];
  readonly changed: RowChange[];
  readonly ended: Ended[];
}

function openChange(
  db: Transaction<Database>,
  now: string,
  head: { readonly epoch: number; readonly seq: number },
  { origin, entries, changed, ended }: Recorded,
): Change {
  function record<K extends EntityKind>(
    kind: K,
    rows: readonly Row<K>[],
    cause: Cause | ((row: Row<K>) => Cause),
    gone: boolean,
  ): void {
    for (const row of rows) {
      const by = typeof cause === 'function' ? cause(row) : cause;
      entries.push(rowEntry(kind, row, gone, by, origin));
      changed.push({ kind, row, gone, actor: by.actor, seq: head.seq + entries.length });
    }
  }
  return {
    db,
    now,
    epoch: head.epoch,
    async put(kind, rows, cause) {
      if (rows.length === 0) return;
      await upsertRows(db, entities[kind], rows);
      record(kind, rows, cause, false);
    },
    async drop(kind, rows, cause) {
      if (rows.length === 0) return;
      await deleteRows(
        db,
        entities[kind],
        rows.map((row) => row.id),
      );
      record(kind, rows, cause, true);
    },
    outcomes(items) {
      return items.map(({ outcome, cause, target }) => {
        entries.push(outcomeEntry(outcome, target, cause, origin));
        return head.seq + entries.length;
      });
    },
    event(event) {
      entries.push(eventEntry(event, origin));
      ended.push(...(event.ends ?? []));
    },
  };
}
