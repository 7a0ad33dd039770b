import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { checkSecretsKey } from './key-check.ts';
import { createSealer, type Sealer } from './seal.ts';

let test: TestDeps;

beforeAll(async () => {
  test = await createTestDeps();
});

afterAll(async () => {
  await test.close();
});

function sealerOf(key: Buffer): Sealer {
  return createSealer({ dataDir: test.deps.config.dataDir, secretsKey: key.toString('base64') });
}

it('a database keeps to the key of its first server, until somebody says that it is lost', async () => {
  const { db } = test.deps;
  const [first, second] = [sealerOf(randomBytes(32)), sealerOf(randomBytes(32))];
  await checkSecretsKey(db, first, false);
  await checkSecretsKey(db, first, false);
  await expect(checkSecretsKey(db, second, false)).rejects.toMatchObject({ code: 'secrets_key_wrong' });
  await checkSecretsKey(db, second, true);
  await checkSecretsKey(db, second, false);
  await expect(checkSecretsKey(db, first, false)).rejects.toMatchObject({ code: 'secrets_key_wrong' });
});
