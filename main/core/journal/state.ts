/** What the entries of a journal add up to. Only what still matters is kept: the answered and settled are forgotten. */
import type { Intent } from '../../../domain/intents.ts';
import type { Outcome, OutcomeKind } from '../../../domain/outcomes.ts';
import type { Attention, Phase } from '../../../domain/desk/rows.ts';
import type { Entry } from './entries.ts';

/** A decision that the server has not answered yet. */
export interface Unanswered {
  readonly intent: Intent;
  readonly title: string;
  /** Milliseconds. */
  readonly releaseAt: number;
  /** Had an answer once, which a restore took back: older than all that has had none. */
  readonly again: boolean;
  sent: boolean;
}

/** A decision that was answered otherwise than wished, until the admin deals with it. */
export interface Unresolved {
  readonly intent: Intent;
  readonly title: string;
  readonly outcome: Outcome;
  readonly kind: Attention['kind'];
}

export interface JournalView {
  /** As recorded; `inOrder` has them in the order of the decisions. */
  readonly unanswered: ReadonlyMap<string, Readonly<Unanswered>>;
  readonly unresolved: ReadonlyMap<string, Unresolved>;
  /** Unanswered decisions about a row, oldest first. */
  about(row: string): readonly Readonly<Unanswered>[];
  /** The latest unresolved answer about a row. */
  attentionOn(row: string): Unresolved | null;
}

export interface JournalState extends JournalView {
  add(entry: Entry): void;
}

/** In the order of the decisions. */
export function inOrder<U extends { readonly again: boolean }>(entries: Iterable<U>): U[] {
  const all = [...entries];
  return [...all.filter(({ again }) => again), ...all.filter(({ again }) => !again)];
}

/** Whether an answer wants the admin's eye. */
export function wantsAttention(kind: OutcomeKind): kind is Attention['kind'] {
  return kind === 'superseded' || kind === 'stale' || kind === 'refused';
}

/**
 * Whether a decision has rested as long as it should. Where the clock was set back behind the decision nobody can tell how
 * long it has rested; it does not wait for the clock to catch up then, or a revoke could be a day late.
 */
export function isReleased(
  { intent, releaseAt }: Pick<Unanswered, 'intent' | 'releaseAt'>,
  now: number,
): boolean {
  return releaseAt <= now || now < Date.parse(intent.decidedAt);
}

/** Where a decision is, at `now`. */
export function phaseOf(entry: Readonly<Unanswered>, now: number): Phase {
  if (entry.sent) return 'sent';
  return isReleased(entry, now) ? 'waiting' : 'held';
}

/** Ids by row, in the order in which they came. */
function rowIndex() {
  const index = new Map<string, Set<string>>();
  return {
    add: (row: string, id: string): void => {
      index.set(row, (index.get(row) ?? new Set<string>()).add(id));
    },
    remove: (row: string, id: string): void => {
      const ids = index.get(row);
      ids?.delete(id);
      if (ids?.size === 0) index.delete(row);
    },
    of: (row: string): string[] => [...(index.get(row) ?? [])],
  };
}

export function emptyState(): JournalState {
  const unanswered = new Map<string, Unanswered>();
  const unresolved = new Map<string, Unresolved>();
  const open = rowIndex();
  const marked = rowIndex();

  const settle = (id: string): Unanswered | null => {
    const entry = unanswered.get(id);
    if (!entry) return null;
    unanswered.delete(id);
    open.remove(entry.intent.target.id, id);
    return entry;
  };

  const answered = (outcome: Outcome): void => {
    const entry = settle(outcome.intent);
    if (!entry || !wantsAttention(outcome.kind)) return;
    const { intent, title } = entry;
    unresolved.set(intent.id, { intent, title, outcome, kind: outcome.kind });
    marked.add(intent.target.id, intent.id);
  };

  const add = (entry: Entry): void => {
    switch (entry.t) {
      case 'journal':
        return;
      case 'intent': {
        const { intent, title } = entry;
        const releaseAt = Date.parse(entry.releaseAt);
        const again = entry.again !== undefined;
        unanswered.set(intent.id, { intent, title, releaseAt, again, sent: again });
        open.add(intent.target.id, intent.id);
        return;
      }
      case 'cancel':
        for (const id of entry.intents) settle(id);
        return;
      case 'sent':
        for (const id of entry.intents) {
          const found = unanswered.get(id);
          if (found) found.sent = true;
        }
        return;
      case 'outcome':
        return answered(entry.outcome);
      case 'resolved': {
        const found = unresolved.get(entry.intent);
        unresolved.delete(entry.intent);
        if (found) marked.remove(found.intent.target.id, entry.intent);
        return;
      }
    }
  };

  return {
    unanswered,
    unresolved,
    add,
    about: (row) => inOrder(open.of(row).flatMap((id) => unanswered.get(id) ?? [])),
    attentionOn: (row) => unresolved.get(marked.of(row).at(-1) ?? '') ?? null,
  };
}
