/** What may be asked of a request, as far as this window knows; the core and the server judge anew. */
import type { QueueRow } from '../../../domain/desk/rows.ts';
import type { Role } from '../../../domain/entities.ts';
import { mayDecide } from '../../../domain/rights.ts';
import {
  actions,
  nextState,
  wishedState,
  type Action,
  type RequestKind,
  type TargetState,
} from '../../../domain/states.ts';

/** A row as deciding sees it. */
export type Judged = Pick<QueueRow, 'kind' | 'state' | 'pending'>;

/** Whether the action leads anywhere from the row's state, or from the one that this desk has asked for. */
export function isLegal({ kind, state, pending }: Judged, action: Action): boolean {
  if (action === 'delete') return pending?.action !== 'delete';
  if (pending?.action === action) return false;
  const wished = pending && wishedState(kind, pending.action);
  const states: TargetState[] = wished && wished !== 'deleted' ? [state, wished] : [state];
  return states.some((from) => nextState(kind, from, action) !== null);
}

/** The actions that make sense for at least one of the rows, in the order in which interfaces offer them. */
export function offered(rows: readonly Judged[], role: Role): Action[] {
  return actions.filter((action) =>
    rows.some((row) => mayDecide(role, action, row.kind) && isLegal(row, action)),
  );
}

/** Kinds among the targets, to say "14 developers" rather than "14 requests" where that is so. */
export function onlyKind(refs: readonly { readonly kind: RequestKind }[]): RequestKind | null {
  const kind = refs[0]?.kind ?? null;
  return kind !== null && refs.every((ref) => ref.kind === kind) ? kind : null;
}
