import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSealer, sealerOf } from './seal.ts';

const secret = Buffer.from('a secret of twenty b');

it('opens what it sealed, for the same owner and with the same key only', async () => {
  const sealer = sealerOf(randomBytes(32));
  const sealed = await sealer.seal(secret, 'dana');
  expect(sealed.includes(secret)).toBe(false);
  expect(await sealer.open(sealed, 'dana')).toEqual(secret);
  await expect(sealer.open(sealed, 'mira')).rejects.toMatchObject({ code: 'secrets_key_wrong' });
  await expect(sealerOf(randomBytes(32)).open(sealed, 'dana')).rejects.toMatchObject({
    code: 'secrets_key_wrong',
  });
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
  await expect(sealer.open(sealed, 'dana')).rejects.toMatchObject({ code: 'secrets_key_wrong' });
});

it('asks for its key once, and again only where it did not get it', async () => {
  let asked = 0;
  const sealer = createSealer(() => {
    asked += 1;
    return asked === 1 ? Promise.reject(new Error('the disk is away')) : Promise.resolve(randomBytes(32));
  });
  await expect(sealer.ready()).rejects.toThrow('the disk is away');
  const sealed = await sealer.seal(secret, 'dana');
  expect(await sealer.open(sealed, 'dana')).toEqual(secret);
  expect(asked).toBe(2);
});
