import { describe, expect, it } from 'vitest';
import { accessSentence, decidedSentence, pendingLabel, undoneSentence } from './words.ts';

const done = { batch: 'b', recorded: 12, withdrawn: 0, skipped: [], releaseAt: '' };
const skipped = (code: string, times: number) =>
  Array.from({ length: times }, (_, id) => ({ id: String(id), code }));

describe('what is said after a decision', () => {
  it('counts what was recorded and what was left alone, by reason', () => {
    const answer = {
      ...done,
      recorded: 1_204,
      withdrawn: 1,
      skipped: [...skipped('already_decided', 2), ...skipped('forbidden', 1)],
    };
    expect(decidedSentence('approve', { count: 1_207, about: '' }, answer)).toBe(
      'Approve 1,207: 1,204 recorded, 1 earlier one withdrawn, 2 skipped (already decided), 1 skipped (not allowed for your role)',
    );
  });

  it('names a single one', () => {
    const one = { count: 1, about: 'Mira Holm' };
    expect(decidedSentence('revoke', one, { ...done, recorded: 1 })).toBe('Revoke Mira Holm: recorded');
    const gone = { ...done, recorded: 0, skipped: skipped('target_gone', 1) };
    expect(decidedSentence('revoke', one, gone)).toBe('Revoke Mira Holm: skipped (gone)');
  });

  it('says what an undo came too late for', () => {
    expect(undoneSentence('approve', { undone: 2, tooLate: 0 })).toBe('Approve undone for 2');
    expect(undoneSentence('approve', { undone: 1, tooLate: 1 })).toBe(
      'Approve undone for 1; 1 had been sent already',
    );
  });

  it('marks a row with the decision and how far it has come', () => {
    expect(pendingLabel({ action: 'approve', phase: 'held' })).toBe('Approve · held');
  });
});

describe('what is said of access', () => {
  it('promises calls only to who sees that there is a key', () => {
    expect(accessSentence({ open: true }, true)).toBe('Calls go through');
    expect(accessSentence({ open: true }, false)).toBe('Calls with a live key go through');
    const blocked = { open: false, blockedBy: 'registration', status: 403 } as const;
    for (const seesKeys of [true, false]) {
      expect(accessSentence(blocked, seesKeys)).toBe('Blocked (403): the registration is not approved');
    }
  });
});
