import { expect, test } from 'vitest';
import type { Status, SyncState } from '../../../domain/desk/rows.ts';
import { syncSentence } from './sync-words.ts';

const now = Date.parse('2026-11-21T12:05:00.000Z');

function status(sync: SyncState): Status {
  return { sync, held: 0, waiting: 0, sent: 0, attention: 0, undo: null, rows: 0 };
}

test('a copy that is only being made has no number yet', () => {
  expect(syncSentence(status({ state: 'syncing', done: 0, of: null }), now)).toBe('Syncing');
  expect(syncSentence(status({ state: 'syncing', done: 1_240, of: null }), now)).toBe('Syncing 1,240');
  expect(syncSentence(status({ state: 'syncing', done: 0, of: 100_000 }), now)).toBe('Syncing 0 of 100,000');
});
