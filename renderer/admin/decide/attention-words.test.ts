import { expect, test } from 'vitest';
import { happened } from './attention-words.ts';

test('a decision that a removed device could not send any more asks to decide anew, not to sign in', () => {
  expect(happened({ code: 'device_revoked' })).toMatch(/removed .*Decide anew/);
  expect(happened({ code: 'content_changed' })).toBe(
    'The request changed since you looked. Look at it again, then decide.',
  );
  expect(happened({ code: 'nobody_knows_this' })).toBe('The server did not carry it out.');
});
