import { describe, expect, it } from 'vitest';
import { dummyVerify, hashPassword, verifyPassword } from './passwords.ts';

describe('a password verifier', () => {
  it('belongs to its password alone, however its letters are composed', async () => {
    const verifier = await hashPassword('Zürich at 5');
    expect(verifier).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(verifier).not.toMatch(/rich at/);
    expect(await verifyPassword('Zürich at 5', verifier)).toBe(true);
    expect(await verifyPassword('Zu\u0308rich at 5', verifier)).toBe(true);
    expect(await verifyPassword('Zurich at 5', verifier)).toBe(false);
    expect(await verifyPassword('', verifier)).toBe(false);
  });

  it('is never the same twice', async () => {
    expect(await hashPassword('same password')).not.toBe(await hashPassword('same password'));
  });

  it('is refused where it cannot be read', async () => {
    for (const verifier of ['', 'plain', '$argon2id$v=19$m=1$x$y', '$2b$10$abcdefghijklmnopqrstuv']) {
      expect(await verifyPassword('plain', verifier)).toBe(false);
    }
    expect(await dummyVerify('anything')).toBe(false);
  });
});
