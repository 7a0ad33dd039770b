import { expect, test } from 'vitest';
import { reasonTrouble } from './reasons.ts';

test('a pasted reason that nothing can keep is named at once; any other text is fine', () => {
  for (const reason of ['pasted \u0000 text', 'half \ud83d of it', '\udc00']) {
    expect(reasonTrouble(reason)).toMatch(/cannot be kept\. Type it anew/);
  }
  for (const reason of ['', 'plain', 'Köln 👍🏽', 'two\nlines\t'])
    expect(reasonTrouble(reason)).toBeUndefined();
});
