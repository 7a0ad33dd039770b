/** What the desk's pages are given: plain data, made for showing. */
import type { Access } from '../access.ts';
import type { EntityKind, Role, Row } from '../entities.ts';
import type { Failure } from '../errors.ts';
import type { Action, RequestKind, TargetState } from '../states.ts';
import type { Decision, OutcomeKind } from '../outcomes.ts';

/** Where a decision of this desk is on its way to the server. */
export type Phase =
  /** Resting, may be undone without a trace on the server. */
  | 'held'
  /** Released, waits for the network or for its turn. */
  | 'waiting'
  /** On its way; the answer is due. */
  | 'sent';

export interface Pending {
  readonly intent: string;
  readonly batch: string;
  readonly action: Action;
  readonly phase: Phase;
}

/** An answer that wants the admin's eye. */
export interface Attention {
  readonly intent: string;
  readonly kind: Extract<OutcomeKind, 'superseded' | 'stale' | 'refused'>;
}

export interface RequestRef {
  readonly kind: RequestKind;
  readonly id: string;
}

/** One line of the queue. */
export interface QueueRow extends RequestRef {
  readonly portalId: string;
  readonly portal: string;
  readonly state: TargetState;
  readonly revision: number;
  /** Developer's name, application's name, or application's name → version. */
  readonly title: string;
  /** E-mail, or who asks and for what. */
  readonly subtitle: string;
  readonly createdAt: string;
  readonly pending: Pending | null;
  readonly attention: Attention | null;
}

/** Position behind a row in the queue's order (newest first): keyset, never an offset. */
export interface QueuePosition {
  readonly createdAt: string;
  readonly id: string;
}

export interface QueuePage {
  readonly rows: readonly QueueRow[];
  /** Null at the end. */
  readonly next: QueuePosition | null;
}

/** Rows by kind and state, kept up to date without counting. */
export interface QueueCounts {
  readonly byKind: Record<RequestKind, Partial<Record<TargetState, number>>>;
  readonly attention: number;
}

/** One thing that happened to a request, newest first. */
export interface TimelineEntry {
  readonly at: string;
  /** Readable: an admin's name, "auto-approve", "the developer". */
  readonly who: string;
  readonly what: string;
  readonly reason: string | null;
}

/** A connection in the detail pane, with what blocks it. */
export interface ConnectionLine {
  readonly registration: Row<'registration'>;
  readonly product: string;
  readonly version: string;
  readonly strategy: string | null;
  readonly access: Access;
}

/** Everything about one request, for the split view. */
export interface Detail {
  readonly row: QueueRow;
  readonly developer: Row<'developer'> | null;
  readonly application: Row<'application'> | null;
  readonly connections: readonly ConnectionLine[];
  readonly credentials: readonly Row<'credential'>[];
  readonly siblings: readonly QueueRow[];
  readonly timeline: readonly TimelineEntry[];
  /** What may be done now, given the state, this desk's pending decisions and the admin's role. */
  readonly actions: readonly Action[];
}

export interface OutboxEntry {
  readonly intent: string;
  readonly batch: string;
  readonly action: Action;
  readonly kind: RequestKind | 'credential';
  readonly id: string;
  readonly title: string;
  readonly reason: string | null;
  readonly phase: Phase;
  readonly decidedAt: string;
  /** When the hold ends, ISO 8601. */
  readonly releaseAt: string;
}

/** A decision that was not taken as wished: the superseded card. */
export interface AttentionEntry {
  readonly intent: string;
  readonly kind: Attention['kind'];
  readonly code: string | null;
  readonly action: Action;
  readonly target: { readonly kind: RequestKind | 'credential'; readonly id: string };
  readonly title: string;
  readonly reason: string | null;
  readonly decidedAt: string;
  readonly committedAt: string;
  /** The decision that stands instead, with a readable name. */
  readonly decision: (Decision & { readonly who: string }) | null;
}

export interface Session {
  readonly server: string;
  readonly signedIn: boolean;
  readonly admin: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly role: Role;
  } | null;
  /** Where the tokens are: without a secret service they last as long as the process. */
  readonly secrets: 'keychain' | 'memory';
  /** Set while a sign-in waits for the browser. */
  readonly signingIn: boolean;
}

/** The status bar. `synced` means that the cursor equals the server's. */
export type SyncState =
  | { readonly state: 'synced'; readonly at: string }
  | { readonly state: 'syncing'; readonly done: number; readonly of: number | null }
  /** `why` where waiting will not mend it. */
  | { readonly state: 'offline'; readonly since: string; readonly why: Failure | null }
  | { readonly state: 'signed-out' };

export interface Status {
  readonly sync: SyncState;
  readonly held: number;
  readonly waiting: number;
  readonly sent: number;
  readonly attention: number;
  /** Newest batch that may still be undone. */
  readonly undo: {
    readonly batch: string;
    readonly action: Action;
    readonly count: number;
    readonly until: string;
  } | null;
  /** Rows of the copy: 0 until the first snapshot is in. */
  readonly rows: number;
  /** Of the journal's last syncs; null or left out where there was none yet. */
  readonly journalSync?: SyncTimes | null;
}

/** How long the disk took to make decisions safe, in milliseconds. */
export interface SyncTimes {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** Which kinds changed, so that open pages ask again for what they show. */
export interface Changed {
  readonly entities: readonly EntityKind[];
  readonly outbox: boolean;
}
