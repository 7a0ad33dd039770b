import { expect, test } from 'vitest';
import { reasonTrouble } from './reasons.ts';

test('a pasted reason that nothing can keep is named at once; any other text is fine', () => {
  for (const reason of ['pasted \u0000 text', 'half \ud83d of it', '\udc00']) {
    expect(reasonTrouble(reason)).toMatch(/cannot be kept\. Type it anew/);
  }
  for (const reason of ['', 'plain', 'Köln 👍🏽', 'two\nlines\t'])
    expect(reasonTrouble(reason)).toBeUndefined();
});

test('a reason that is too long is not cut, but said to be', () => {
  expect(reasonTrouble('x'.repeat(5_000))).toBe(
    'The reason has 5,000 characters; 2,000 can be kept. Shorten it.',
  );
  expect(reasonTrouble(`${'x'.repeat(2_000)}\n  `)).toBeUndefined();
});
