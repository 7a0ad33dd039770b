/** Carries one decided change into the working rows and the writes. */
import type { TargetChange } from '../../domain/decide.ts';
import { entities, type Row } from '../../domain/entities.ts';
import type { Intent } from '../../domain/intents.ts';
import type { TargetKind } from '../../domain/states.ts';
import type { Cause } from '../changelog/commit.ts';
import type { Deletions } from './deletion.ts';
import { factOf } from './fact.ts';
import type { DecisionFact } from './notify.ts';
import type { WorkingRows } from './rows.ts';
import type { Buckets } from './writes.ts';

/** What a slice of intents works on. */
export interface Slice {
  readonly now: string;
  readonly rows: WorkingRows;
  readonly buckets: Buckets;
  readonly deletions: Deletions;
}

async function update<K extends TargetKind>(
  kind: K,
  id: string,
  cause: Cause,
  { rows, buckets }: Slice,
  changed: (row: Row<K>) => Row<K>,
): Promise<void> {
  const of: Map<string, Row<K>> = rows[kind];
  const found = of.get(id);
  if (!found) return;
  const row = changed(found);
  of.set(id, row);
  await buckets[kind].add({ row, cause, gone: false });
}

/** Returns what the requester is told. */
export async function applyChange(
  { action, state, revision }: TargetChange,
  { target, reason }: Intent,
  cause: Cause,
  slice: Slice,
): Promise<DecisionFact[]> {
  const { kind, id } = target;
  if (state === 'deleted') {
    const facts = factOf(slice.rows, target, action, reason);
    await slice.deletions.remove(target, cause);
    return facts;
  }
  const decided = {
    revision,
    decidedRevision: revision,
    decidedBy: cause.actor,
    decidedAt: slice.now,
    decidedAction: action,
    reason,
  };
  const { developer, application, registration, credential } = entities;
  switch (kind) {
    case 'developer': {
      const next = developer.columns.state.schema.parse(state);
      await update(kind, id, cause, slice, (row) => ({ ...row, ...decided, state: next }));
      break;
    }
    case 'application': {
      const next = application.columns.state.schema.parse(state);
      await update(kind, id, cause, slice, (row) => ({ ...row, ...decided, state: next }));
      break;
    }
    case 'registration': {
      const next = registration.columns.state.schema.parse(state);
      await update(kind, id, cause, slice, (row) => ({ ...row, ...decided, state: next }));
      break;
    }
    case 'credential': {
      const next = credential.columns.state.schema.parse(state);
      await update(kind, id, cause, slice, (row) => ({ ...row, revision, state: next }));
      break;
    }
  }
  return factOf(slice.rows, target, action, reason);
}
