import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { generateKey, isWellFormedKey, keyPattern, last4 } from './keys.ts';

describe('an API key', () => {
  it('has 32 characters of the alphabet and its own checksum (rule 18)', () => {
    for (let n = 0; n < 500; n++) {
      const key = generateKey(randomBytes);
      expect(key).toHaveLength(32);
      expect(key).toMatch(keyPattern);
      expect(isWellFormedKey(key)).toBe(true);
      expect(last4(key)).toBe(key.slice(28));
    }
  });

  it('is refused with any one character mistyped, missing, doubled or swapped', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 400, maxLength: 400 }),
        fc.integer({ min: 4, max: 31 }),
        (bytes, place) => {
          const seed = [...bytes].map((byte) => byte % 248);
          const key = generateKey((length) => Uint8Array.from(seed.slice(0, length)));
          const other = key[place] === 'a' ? 'b' : 'a';
          expect(isWellFormedKey(key.slice(0, place) + other + key.slice(place + 1))).toBe(false);
          expect(isWellFormedKey(key.slice(0, place) + key.slice(place + 1))).toBe(false);
          expect(isWellFormedKey(key.slice(0, place) + other + key.slice(place))).toBe(false);
        },
      ),
    );
    expect(isWellFormedKey('')).toBe(false);
    expect(isWellFormedKey(`${'x'.repeat(31)}\n`)).toBe(false);
  });

  it('favours no character: bytes that would are thrown away', () => {
    let calls = 0;
    const key = generateKey((length) => {
      calls += 1;
      return new Uint8Array(length).fill(calls === 1 ? 255 : 61);
    });
    expect(key.slice(4, 26)).toBe('z'.repeat(22));
    expect(calls).toBe(2);
  });

  it('uses the CRC-32 that everybody knows', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });
});
