/** Decisions that have their answer, read from the journal's own entries: state keeps them no longer. */
import type { Cursor } from '../../../domain/cursor.ts';
import { holdsCursor, type Lineage } from '../../../domain/lineage.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import type { Entry, IntentEntry } from './entries.ts';

export interface Answered {
  readonly entry: IntentEntry;
  readonly outcome: Outcome;
  /** Where the server's log was when the answer came; null where it was asked for. */
  readonly at: Cursor | null;
}

/** In the order of the decisions. */
export function answeredIn(entries: readonly Entry[]): Answered[] {
  const open = new Map<string, IntentEntry>();
  const answered = new Map<string, Answered>();
  for (const entry of entries) {
    if (entry.t === 'intent') {
      open.set(entry.intent.id, entry);
      answered.delete(entry.intent.id);
    } else if (entry.t === 'cancel') {
      for (const id of entry.intents) open.delete(id);
    } else if (entry.t === 'outcome') {
      const { outcome, at = null } = entry;
      const decided = open.get(outcome.intent);
      if (decided) answered.set(outcome.intent, { entry: decided, outcome, at });
      open.delete(outcome.intent);
    }
  }
  return [...answered.values()];
}

/**
 * What a restore took back: decisions that had an effect and of which it is not sure that the history still holds it.
 * Offering one again that it does hold brings the same answer again. What was refused or superseded stays so: nobody
 * expects it to become true by itself.
 */
export function takenBack(answered: readonly Answered[], lineage: Lineage): Answered[] {
  return answered.filter(({ outcome, at }) => {
    const hadEffect = outcome.kind === 'applied' || outcome.kind === 'noop';
    return hadEffect && !(at && holdsCursor(lineage, at));
  });
}
