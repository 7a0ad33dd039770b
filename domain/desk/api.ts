/**
 * The one API between the desk's pages and its core. Electron IPC and the loopback WebSocket are two transports of the
 * same table: a host that lacks a handler does not compile, and inputs are parsed before they are dispatched.
 */
import { z } from 'zod';
import { maxReason, targetSchema } from '../intents.ts';
import { actionSchema, requestKinds, targetStates } from '../states.ts';
import { textSchema } from '../text.ts';
import type { Result } from '../errors.ts';
import type {
  AttentionEntry,
  Changed,
  Detail,
  OutboxEntry,
  QueueCounts,
  QueuePage,
  RequestRef,
  Session,
  Status,
} from './rows.ts';

const none = z.strictObject({});
const refSchema = z.strictObject({ kind: z.enum(requestKinds), id: z.uuid() });

/** What the queue shows. An empty list means all. Ordered by `createdAt` and id, newest first. */
export const queueFilterSchema = z.strictObject({
  kinds: z.array(z.enum(requestKinds)),
  states: z.array(z.enum(targetStates)),
  portalId: z.uuid().nullable(),
  search: textSchema.max(200),
});
export type QueueFilter = z.infer<typeof queueFilterSchema>;

/** The most requests that one decision or selection may cover. */
export const maxSelection = 10_000;

/** Inputs of every call. */
export const deskInputs = {
  'session.get': none,
  /** Opens the server's sign-in page; answers its address too, for hosts that cannot open a browser. */
  'session.signIn': none,
  /** With undelivered decisions: send them first, keep them sealed for the next sign-in, or discard them (recorded). */
  'session.signOut': z.strictObject({ undelivered: z.enum(['send', 'keep', 'discard']) }),
  /** Opens the admin's own page at the server: password, second factor, devices. Answers as `session.signIn` does. */
  'session.account': none,
  'status.get': none,
  'queue.page': z.strictObject({
    filter: queueFilterSchema,
    after: z.strictObject({ createdAt: z.string(), id: z.uuid() }).nullable(),
    limit: z.int().min(1).max(500),
  }),
  'queue.counts': none,
  /** The references of all rows that the filter matches, up to `maxSelection`. */
  'queue.select': z.strictObject({ filter: queueFilterSchema }),
  'request.get': refSchema,
  decide: z.strictObject({
    action: actionSchema,
    targets: z.array(targetSchema).min(1).max(maxSelection),
    reason: textSchema.max(maxReason).nullable(),
  }),
  undo: z.strictObject({ batch: z.uuid() }),
  'outbox.list': none,
  'attention.list': none,
  /** Accept theirs, or ask again: a new decision on what the row is now. */
  'attention.resolve': z.strictObject({ intent: z.uuid(), choice: z.enum(['accept', 'ask-again']) }),
} as const;

export type DeskCall = keyof typeof deskInputs;
export type DeskInput<C extends DeskCall> = z.infer<(typeof deskInputs)[C]>;

/** Answers of every call. */
export interface DeskOutputs {
  'session.get': Session;
  'session.signIn': { readonly url: string; readonly opened: boolean };
  'session.account': { readonly url: string; readonly opened: boolean };
  'session.signOut': { readonly delivered: number; readonly kept: number; readonly discarded: number };
  'status.get': Status;
  'queue.page': QueuePage;
  'queue.counts': QueueCounts;
  'queue.select': { readonly refs: readonly RequestRef[]; readonly capped: boolean };
  'request.get': Detail | null;
  decide: {
    readonly batch: string;
    readonly recorded: number;
    /** Held decisions on the same rows that this one withdrew. */
    readonly withdrawn: number;
    /** Rows that were left alone, with a code of the error table. */
    readonly skipped: readonly { readonly id: string; readonly code: string }[];
    readonly releaseAt: string;
  };
  undo: { readonly undone: number; readonly tooLate: number };
  'outbox.list': { readonly entries: readonly OutboxEntry[]; readonly total: number };
  'attention.list': { readonly entries: readonly AttentionEntry[]; readonly total: number };
  'attention.resolve': { readonly batch: string | null };
}

/** The handler table that both hosts serve. */
export type DeskHandlers = {
  readonly [C in DeskCall]: (input: DeskInput<C>) => Promise<Result<DeskOutputs[C]>>;
};

/** What the core tells without being asked. */
export interface DeskEvents {
  session: Session;
  status: Status;
  changed: Changed;
}
export type DeskEvent = keyof DeskEvents;
export const deskEvents = ['session', 'status', 'changed'] as const satisfies readonly DeskEvent[];

/** The pages' side: typed calls and subscriptions, whatever carries them. */
export interface Desk {
  invoke<C extends DeskCall>(call: C, input: DeskInput<C>): Promise<Result<DeskOutputs[C]>>;
  /** Returns the way to stop listening. */
  subscribe<E extends DeskEvent>(event: E, listener: (payload: DeskEvents[E]) => void): () => void;
}
