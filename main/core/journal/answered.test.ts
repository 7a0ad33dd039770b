import { expect, test } from 'vitest';
import type { Cursor } from '../../../domain/cursor.ts';
import type { OutcomeKind } from '../../../domain/outcomes.ts';
import { intentEntry, testIntent, testOutcome } from '../testing/journal.ts';
import { answeredIn, takenBack } from './answered.ts';
import type { Entry, IntentEntry } from './entries.ts';
import { emptyState, inOrder } from './state.ts';

const at = '2026-06-01T00:00:00.000Z';
/** A backup after entry 100 of epoch 1 was restored as epoch 7. */
const lineage = [
  { epoch: 1, startedAfter: 0 },
  { epoch: 7, startedAfter: 100 },
];

const decision = (): IntentEntry => intentEntry(testIntent(at));

function answer({ intent }: IntentEntry, cursor: Cursor | null, kind: OutcomeKind = 'applied'): Entry {
  const outcome = testOutcome(intent, kind, at);
  return { t: 'outcome', outcome, ...(cursor ? { at: cursor } : {}) };
}

const ids = (of: readonly { readonly entry: IntentEntry }[]): string[] =>
  of.map(({ entry }) => entry.intent.id);

test('what was applied behind the backup was taken back, and what came without a place may have been', () => {
  const [held, lost, asked, refused, open] = [decision(), decision(), decision(), decision(), decision()];
  const entries: Entry[] = [
    ...[held, lost, asked, refused, open],
    answer(held, { epoch: 1, seq: 100 }),
    answer(lost, { epoch: 1, seq: 101 }),
    answer(asked, null),
    answer(refused, { epoch: 1, seq: 120 }, 'superseded'),
  ];
  expect(ids(takenBack(answeredIn(entries), lineage))).toEqual(ids([{ entry: lost }, { entry: asked }]));
});

test('one that is offered again has no answer until the next one comes', () => {
  const lost = decision();
  const entries: Entry[] = [lost, answer(lost, { epoch: 1, seq: 101 }), { ...lost, again: 7 }];
  expect(answeredIn(entries)).toEqual([]);
  const answered = answeredIn([...entries, answer(lost, { epoch: 7, seq: 102 })]);
  expect(ids(answered)).toEqual([lost.intent.id]);
  expect(takenBack(answered, lineage)).toEqual([]);
});

test('what was taken back is on its way before anything newer', () => {
  const [lost, newer] = [decision(), decision()];
  const state = emptyState();
  for (const entry of [lost, answer(lost, { epoch: 1, seq: 101 }), newer, { ...lost, again: 7 }])
    state.add(entry);
  expect(inOrder(state.unanswered.values()).map(({ intent, sent }) => [intent.id, sent])).toEqual([
    [lost.intent.id, true],
    [newer.intent.id, false],
  ]);
});
