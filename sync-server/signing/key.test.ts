import { createHash, createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDb, createPool } from '../db/connect.ts';
import type { Db } from '../db/schema.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { newKey } from '../secrets/key-files.ts';
import { sealerOf } from '../secrets/seal.ts';
import { loadServerKey } from './key.ts';

let database: TestDatabase;
let db: Db;
const sealer = sealerOf(newKey());

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(createPool(database.connection));
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

it('is made once, however many start at the same time, and signs what its raw public key verifies', async () => {
  const now = '2026-01-02T03:04:05.678Z';
  const keys = await Promise.all([1, 2, 3].map(() => loadServerKey(db, sealer, now)));
  const [key] = keys;
  if (!key) throw new Error('no key');
  expect(new Set(keys.map(({ fingerprint }) => fingerprint))).toEqual(new Set([key.fingerprint]));
  expect(key.publicKey).toHaveLength(32);
  expect(key.fingerprint).toBe(createHash('sha256').update(key.publicKey).digest('hex'));
  expect(key.fingerprint.startsWith(key.keyId)).toBe(true);
  expect(key.keyId).toHaveLength(16);

  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.publicKey.toString('base64url') },
    format: 'jwk',
  });
  const bytes = Buffer.from('so it was decided');
  expect(verify(null, bytes, publicKey, key.sign(bytes))).toBe(true);
  expect(verify(null, Buffer.from('otherwise'), publicKey, key.sign(bytes))).toBe(false);
});
