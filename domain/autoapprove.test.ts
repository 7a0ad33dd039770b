import { describe, expect, it } from 'vitest';
import { initialState, normalisedEmail } from './autoapprove.ts';

describe('auto-approve', () => {
  it('approves where it is on and nobody ever said no', () => {
    expect(initialState(true, [])).toBe('approved');
    expect(initialState(true, [{ state: 'approved', deletedBy: 'developer:x' }])).toBe('approved');
    expect(initialState(true, [{ state: 'withdrawn', deletedBy: null }])).toBe('approved');
    expect(initialState(false, [])).toBe('pending');
  });

  it.each([
    [{ state: 'rejected', deletedBy: null }],
    [{ state: 'revoked', deletedBy: null }],
    [{ state: 'revoked', deletedBy: 'developer:x' }],
    [{ state: 'approved', deletedBy: 'admin:y' }],
  ])("never undoes a human's no: %j", (record) => {
    expect(initialState(true, [{ state: 'approved', deletedBy: null }, record])).toBe('pending');
  });

  it.each([
    ['Mira.Holm+api@Example.COM ', 'mira.holm@example.com'],
    ['m.i.r.a+1@googlemail.com', 'mira@gmail.com'],
    ['ｍira@example.com', 'mira@example.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
  ])('knows %s again as %s', (typed, normal) => {
    expect(normalisedEmail(typed)).toBe(normal);
  });
});
