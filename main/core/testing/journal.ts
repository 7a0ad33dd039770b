/** Decisions and answers as a journal holds them, for tests. */
import { randomUUID } from 'node:crypto';
import type { Intent } from '../../../domain/intents.ts';
import type { Outcome, OutcomeKind } from '../../../domain/outcomes.ts';
import type { IntentEntry } from '../journal/entries.ts';

/** Approves a developer of its own, with a reason that is not all ASCII. */
export function testIntent(decidedAt: string, more: Partial<Intent> = {}): Intent {
  return {
    id: randomUUID(),
    device: randomUUID(),
    batch: randomUUID(),
    action: 'approve',
    target: { kind: 'developer', id: randomUUID() },
    reason: 'naïve → ok',
    decidedAt,
    basis: { developer: 1 },
    ...more,
  };
}

/** As it is recorded when it is made; it may leave at once. */
export function intentEntry(intent: Intent): IntentEntry {
  return { t: 'intent', intent, releaseAt: intent.decidedAt, title: 'Ada' };
}

export function testOutcome(of: Intent, kind: OutcomeKind, committedAt: string): Outcome {
  return {
    intent: of.id,
    kind,
    code: kind === 'applied' ? null : 'decided_otherwise',
    action: of.action,
    state: 'approved',
    revisions: {},
    decision: null,
    committedAt,
  };
}
