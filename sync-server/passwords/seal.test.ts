import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSealer } from './seal.ts';

let dataDir: string;
const secret = Buffer.from('a secret of twenty b');

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-seal-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it('opens what it sealed, for the same owner only', async () => {
  const sealer = createSealer({ dataDir, secretsKey: null });
  const sealed = await sealer.seal(secret, 'dana');
  expect(sealed.includes(secret)).toBe(false);
  expect(await sealer.open(sealed, 'dana')).toEqual(secret);
  await expect(sealer.open(sealed, 'mira')).rejects.toMatchObject({ code: 'secrets_key_wrong' });
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
  await expect(sealer.open(sealed, 'dana')).rejects.toMatchObject({ code: 'secrets_key_wrong' });
});

it('makes one key for all processes of a folder, that nobody else may read', async () => {
  const folder = join(dataDir, 'fresh');
  const sealers = Array.from({ length: 8 }, () => createSealer({ dataDir: folder, secretsKey: null }));
  const sealed = await Promise.all(sealers.map((sealer) => sealer.seal(secret, 'dana')));
  const [first] = sealers;
  for (const one of sealed) expect(await first?.open(one, 'dana')).toEqual(secret);
  expect((await stat(join(folder, 'secrets.key'))).mode & 0o777).toBe(0o600);
});

it('takes the key of the environment before the file, and says when it is another', async () => {
  const given = Buffer.alloc(32, 7).toString('base64');
  const sealed = await createSealer({ dataDir, secretsKey: given }).seal(secret, 'dana');
  const elsewhere = createSealer({ dataDir, secretsKey: null });
  await expect(elsewhere.open(sealed, 'dana')).rejects.toMatchObject({ code: 'secrets_key_wrong' });
  await writeFile(join(dataDir, 'secrets.key'), `${given}\n`);
  expect(await readFile(join(dataDir, 'secrets.key'), 'utf8')).toContain(given);
  expect(await createSealer({ dataDir, secretsKey: null }).open(sealed, 'dana')).toEqual(secret);
});
