import { expect, test } from 'vitest';
import { happened, standing } from './attention-words.ts';

test('what was refused says what to do about it, where the code’s own words are for others', () => {
  expect(happened({ code: 'device_revoked' })).toMatch(/removed .*Decide anew/);
  expect(happened({ code: 'invalid_input' })).toMatch(/^Its reason has a character .* Ask again/);
  expect(happened({ code: 'content_changed' })).toBe(
    'The request changed since you looked. Look at it again, then decide.',
  );
  expect(happened({ code: 'nobody_knows_this' })).toBe('The server did not carry it out.');
});

test('“theirs” is said only where somebody else decided', () => {
  const decision = {
    seq: 7,
    actor: 'admin:00000000-0000-7000-8000-00000000000b',
    action: 'reject',
    at: '2026-11-21T15:35:00.000Z',
    reason: null,
    who: 'Dana',
  } as const;
  expect(standing({ decision })).toEqual({ heading: 'What stands instead', accept: 'Accept theirs' });
  expect(standing({ decision: null })).toEqual({ heading: 'Why', accept: 'Leave it at that' });
});
