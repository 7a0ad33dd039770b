/**
 * Sealing (AES-256-GCM) for the few secrets that the server must be able to use again, such as an authenticator's: what
 * it only compares is hashed instead. A sealed value is bound to its owner, so that it is good in no other row.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export interface Sealer {
  /** `owner` is what the value belongs to (`ownerOf`). */
  seal(secret: Buffer, owner: string): Promise<Buffer>;
  /** Throws `secrets_key_wrong` where it was sealed with another key, for another owner, or was changed. */
  open(sealed: Buffer, owner: string): Promise<Buffer>;
  /** Throws `secrets_key_wrong` now and not halfway: for work of several steps that will need the key. */
  ready(): Promise<void>;
}

/** The key is asked for when it is needed first, and again where that failed. */
export function createSealer(load: () => Promise<Buffer>): Sealer {
  let loading: Promise<Buffer> | null = null;
  const key = (): Promise<Buffer> => {
    loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  return {
    async seal(secret, owner) {
      const secretKey = await key();
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, secretKey, nonce).setAAD(Buffer.from(owner));
      const text = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]);
    },
    async open(sealed, owner) {
      const secretKey = await key();
      const nonce = sealed.subarray(0, nonceBytes);
      const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
      try {
        const decipher = createDecipheriv(algorithm, secretKey, nonce).setAAD(Buffer.from(owner));
        decipher.setAuthTag(tag);
        const text = sealed.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(text), decipher.final()]);
      } catch (cause) {
        throw new GatehouseError('secrets_key_wrong', { cause });
      }
    },
    async ready() {
      await key();
    },
  };
}

/** A sealer with a key that is known already. */
export function sealerOf(key: Buffer): Sealer {
  return createSealer(() => Promise.resolve(key));
}

/** Whether a value is this key's. */
export async function opens(key: Buffer, sealed: Buffer, owner: string): Promise<boolean> {
  return sealerOf(key)
    .open(sealed, owner)
    .then(
      () => true,
      () => false,
    );
}
