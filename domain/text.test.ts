import { describe, expect, it } from 'vitest';
import { nameSchema, notUpright, upright } from './text.ts';
import { createApplicationSchema, createCredentialSchema, registerPayloadSchema } from './wire/portal-v2.ts';

/** Shown before an address, it makes `moc.elgoog@eve` read `eve@google.com`. */
const turned = 'Eve \u202Emoc.elgoog@eve';

describe('names that stand beside other text', () => {
  it.each(['\u202a', '\u202b', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'])(
    'may not turn its direction (%j)',
    (sign) => {
      expect(nameSchema.safeParse(`Eve${sign}`).error?.issues.map(({ message }) => message)).toEqual([
        notUpright,
      ]);
      expect(upright(`Eve${sign} Adams`)).toBe('Eve Adams');
    },
  );

  it.each(['Mira Holm', 'עדה \u200fלאבלייס', 'نورا\u200e (Nora)', '👩‍👩‍👧‍👦 & Sons'])(
    'may be in any script: %s',
    (name) => {
      expect(nameSchema.parse(name)).toBe(name);
      expect(upright(name)).toBe(name);
    },
  );

  it('are those of developers, applications and keys', () => {
    expect(registerPayloadSchema.safeParse({ email: 'eve@example.com', full_name: turned }).success).toBe(
      false,
    );
    expect(createApplicationSchema.safeParse({ name: turned }).success).toBe(false);
    expect(createApplicationSchema.safeParse({ name: 'Tracker', reference_id: turned }).success).toBe(false);
    expect(createCredentialSchema.safeParse({ display_name: turned }).success).toBe(false);
  });
});
