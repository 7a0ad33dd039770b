import { expect, test } from 'vitest';
import { happened } from './attention-words.ts';

test('what was refused says what to do about it, where the code’s own words are for others', () => {
  expect(happened({ code: 'device_revoked' })).toMatch(/removed .*Decide anew/);
  expect(happened({ code: 'invalid_input' })).toMatch(/^Its reason has a character .* Ask again/);
  expect(happened({ code: 'content_changed' })).toBe(
    'The request changed since you looked. Look at it again, then decide.',
  );
  expect(happened({ code: 'nobody_knows_this' })).toBe('The server did not carry it out.');
});
