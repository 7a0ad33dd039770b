/**
 * The server's signing key (Ed25519). Gateways trust what it signs: its fingerprint is part of every gateway token. It is
 * kept in the database, sealed, so that every server process on it signs alike and a copy of it signs nothing.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign as signBytes,
  type KeyObject,
} from 'node:crypto';
import type { Db } from '../db/schema.ts';
import type { Sealer } from '../secrets/seal.ts';
import { ownerOf } from '../secrets/sealed.ts';

export interface ServerKey {
  /** The first 16 hex digits of the fingerprint: which key signed. */
  readonly keyId: string;
  /** Raw, 32 bytes. */
  readonly publicKey: Buffer;
  /** Hex SHA-256 of the raw public key. */
  readonly fingerprint: string;
  /** Ed25519 over exactly these bytes: 64 bytes. */
  sign(bytes: Uint8Array): Buffer;
}

/** An Ed25519 key in SubjectPublicKeyInfo is a fixed head of 12 bytes and the raw key. */
const rawOffset = 12;

function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(rawOffset);
}

/** What signs with a private key, wherever it is kept. */
export function serverKey(privateKey: KeyObject): ServerKey {
  const publicKey = rawPublicKey(privateKey);
  const fingerprint = createHash('sha256').update(publicKey).digest('hex');
  return {
    keyId: fingerprint.slice(0, 16),
    publicKey,
    fingerprint,
    sign: (bytes) => signBytes(null, bytes, privateKey),
  };
}

/**
 * The newest key that is not retired; made at the first start. Several processes may start at once. Throws
 * `secrets_key_wrong`.
 */
export async function loadServerKey(db: Db, sealer: Sealer, now: string): Promise<ServerKey> {
  await sealer.ready();
  return db.transaction().execute(async (trx) => {
    await trx.selectFrom('logHead').select('seq').forUpdate().executeTakeFirstOrThrow();
    const stored = await trx
      .selectFrom('signingKeys')
      .select(['keyId', 'sealedKey'])
      .where('retiredAt', 'is', null)
      .orderBy('createdAt', 'desc')
      .executeTakeFirst();
    if (stored?.sealedKey) {
      const opened = await sealer.open(stored.sealedKey, ownerOf.signingKey(stored.keyId));
      return serverKey(createPrivateKey({ key: opened, format: 'der', type: 'pkcs8' }));
    }
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = serverKey(privateKey);
    const clear = privateKey.export({ type: 'pkcs8', format: 'der' });
    await trx
      .insertInto('signingKeys')
      .values({
        keyId: key.keyId,
        publicKey: key.publicKey,
        sealedKey: await sealer.seal(clear, ownerOf.signingKey(key.keyId)),
        createdAt: now,
        retiredAt: null,
      })
      .execute();
    return key;
  });
}
