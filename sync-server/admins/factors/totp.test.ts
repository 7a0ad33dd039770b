import { describe, expect, it } from 'vitest';
import { base32, codeAt, newTotpSecret, otpauthUri, stepAt, stepOfCode } from './totp.ts';

/** RFC 6238, appendix B, cut to six digits. */
const secret = Buffer.from('12345678901234567890');
const vectors = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

describe('one-time passwords', () => {
  it('are those of RFC 6238', () => {
    for (const [seconds, code] of vectors) expect(codeAt(secret, stepAt(seconds * 1000))).toBe(code);
  });

  it('are taken one step early or late, never two', () => {
    const now = 1_800_000_000_000;
    const taken = [-2, -1, 0, 1, 2].map((away) => {
      const step = stepAt(now) + away;
      return stepOfCode(secret, codeAt(secret, step), now, 0) === step;
    });
    expect(taken).toEqual([false, true, true, true, false]);
    for (const code of ['', '12345', 'abcdef', '1234567']) {
      expect(stepOfCode(secret, code, now, 0)).toBeNull();
    }
  });

  it('are taken as people type them, and everything else is a wrong code', () => {
    const now = 1_800_000_000_000;
    const step = stepAt(now);
    const code = codeAt(secret, step);
    const wide = code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
    for (const typed of [wide, `${code.slice(0, 3)} ${code.slice(3)}`, `\u3000${wide} `]) {
      expect(stepOfCode(secret, typed, now, 0), typed).toBe(step);
    }
    for (const typed of [
      '１２３４５',
      '١٢٣٤٥٦',
      'éééééé',
      '\u0000'.repeat(6),
      '\ud800'.repeat(6),
      '１'.repeat(40),
    ]) {
      expect(stepOfCode(secret, typed, now, 0), typed).toBeNull();
    }
  });

  it('are used up with all before them', () => {
    const now = 1_800_000_000_000;
    const step = stepAt(now);
    expect(stepOfCode(secret, codeAt(secret, step), now, step)).toBeNull();
    expect(stepOfCode(secret, codeAt(secret, step - 1), now, step)).toBeNull();
    expect(stepOfCode(secret, codeAt(secret, step + 1), now, step)).toBe(step + 1);
  });

  it('give an authenticator what it reads', () => {
    // RFC 4648 §10.
    const pairs = [
      ['f', 'MY'],
      ['fo', 'MZXQ'],
      ['foo', 'MZXW6'],
      ['foob', 'MZXW6YQ'],
      ['fooba', 'MZXW6YTB'],
      ['foobar', 'MZXW6YTBOI'],
    ] as const;
    for (const [text, encoded] of pairs) expect(base32(Buffer.from(text))).toBe(encoded);
    const uri = new URL(otpauthUri(newTotpSecret(), 'dana@example.com', 'Gatehouse (a b)'));
    expect(uri.searchParams.get('secret')).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri.searchParams.get('issuer')).toBe('Gatehouse (a b)');
  });
});
