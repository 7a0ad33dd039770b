/** How rows, outcomes and events become entries of the log. */
import type { AuditContext, AuditEvent } from '../../domain/wire/audit.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { EntityKind, Row } from '../../domain/entities.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import type { PendingEntry } from './append.ts';
import type { Ended } from './ended.ts';
import type { Origin } from './origin.ts';

/** Who causes a change: `admin:<id>`, `developer:<id>`, `rule:<name>` or `system`, and by which intent. */
export interface Cause {
  readonly actor: string;
  readonly device?: string;
  readonly intent?: string;
  readonly batch?: string;
  /** When the admin decided, by the clock of their device. */
  readonly decidedAt?: string;
  /** From where it came, where that is not from where this commit does. */
  readonly address?: string;
}

/** Something that happened without a row changing: a sign-in, a backup, an export. */
export interface Event {
  readonly name: AuditEvent;
  /** What it happened to; the server itself where it is left out. */
  readonly subject?: { readonly entity: string; readonly id: string };
  readonly portalId?: string | null;
  /** What else is worth knowing: never a secret. Personal data only of the subject, whose erasure erases it. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What opens nothing any more from here on, also after a restore. */
  readonly ends?: readonly Ended[];
  readonly cause: Cause;
}

/** The subject of what happened to the server itself. */
export const serverItself = { entity: 'server', id: '00000000-0000-0000-0000-000000000000' } as const;

function common(cause: Cause, origin: Origin) {
  const context: AuditContext = {
    ...origin,
    ...(cause.address === undefined ? {} : { address: cause.address }),
    ...(cause.decidedAt === undefined ? {} : { decidedAt: cause.decidedAt }),
  };
  return {
    actor: cause.actor,
    device: cause.device ?? null,
    intent: cause.intent ?? null,
    batch: cause.batch ?? null,
    context: canonicalJson(context),
  };
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/** What was done to a row, as the log's readers search for it: the decision where it is one. */
export function actionOf(row: Row<EntityKind>, gone: boolean): string {
  if (gone) return 'deleted';
  if (row.revision === 1) return 'created';
  const decided = 'decidedAction' in row && row.decidedRevision === row.revision ? row.decidedAction : null;
  return decided ?? 'changed';
}

/** The after-image, or a tombstone. */
export function rowEntry(
  kind: EntityKind,
  row: Row<EntityKind>,
  gone: boolean,
  cause: Cause,
  origin: Origin,
): PendingEntry {
  return {
    ...common(cause, origin),
    kind: 'row',
    action: actionOf(row, gone),
    entity: kind,
    entityId: row.id,
    portalId: row.portalId,
    revision: gone ? row.revision + 1 : row.revision,
    payload: bytesOf(gone ? null : row),
  };
}

/** What an intent was about: the portal, so that the audit finds it there; null where there is no such thing. */
export interface OutcomeTarget {
  readonly id: string;
  readonly portalId: string | null;
}

export function outcomeEntry(
  outcome: Outcome,
  target: OutcomeTarget,
  cause: Cause,
  origin: Origin,
): PendingEntry {
  return {
    ...common(cause, origin),
    kind: 'outcome',
    action: outcome.kind,
    entity: 'intent',
    entityId: target.id,
    portalId: target.portalId,
    revision: 0,
    payload: bytesOf(outcome),
  };
}

export function eventEntry(event: Event, origin: Origin): PendingEntry {
  const { name, subject = serverItself, portalId = null, details = {}, cause } = event;
  return {
    ...common(cause, origin),
    kind: 'event',
    action: name,
    entity: subject.entity,
    entityId: subject.id,
    portalId,
    revision: 0,
    payload: bytesOf(details),
  };
}
