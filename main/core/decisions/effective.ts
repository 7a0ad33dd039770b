/** What a row will be once the server has taken this desk's unanswered decisions about it as wished. */
import type { Intent } from '../../../domain/intents.ts';
import { nextState, type TargetKind, type TargetState } from '../../../domain/states.ts';

export type Effective = TargetState | 'deleted';

/** Lays `intents`, oldest first, over the row's state. One that would be illegal changes nothing. */
export function effectiveState(kind: TargetKind, state: TargetState, intents: readonly Intent[]): Effective {
  let at: Effective = state;
  for (const { action } of intents) {
    if (at === 'deleted') return at;
    at = nextState(kind, at, action) ?? at;
  }
  return at;
}
