/** How to get what was wished from where the row is now, for "ask again". */
import {
  nextState,
  wishedState,
  type Action,
  type TargetKind,
  type TargetState,
} from '../../../domain/states.ts';

/** Other words for the same wish, from states in which its own word means nothing. */
const detours: Partial<Record<Action, Partial<Record<TargetState, readonly Action[]>>>> = {
  approve: { rejected: ['reopen', 'approve'], revoked: ['reinstate'] },
  reinstate: { rejected: ['reopen', 'approve'], pending: ['approve'] },
  reject: { approved: ['revoke'] },
  revoke: { pending: ['reject'] },
};

/** The actions that lead from `state` to what `action` wishes; empty where there is no way, or it is so already. */
export function stepsTo(kind: TargetKind, state: TargetState, action: Action): readonly Action[] {
  if (nextState(kind, state, action)) return [action];
  if (wishedState(kind, action) === null) return [];
  return detours[action]?.[state] ?? [];
}
