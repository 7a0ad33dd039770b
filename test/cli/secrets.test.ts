/** Commands and the key of the secrets: with another's they change nothing; it can be changed while nobody serves. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { commandLine, gatehouse, launch, listen, scratch, type Done, type Scratch } from './spawn.ts';

const demoSchema = z.looseObject({ developer: z.looseObject({ email: z.string() }) });

let place: Scratch;
let dataDir: string;

beforeAll(async () => {
  place = await scratch();
  dataDir = `${place.folder}/data`;
});

afterAll(() => place.remove());

const run = (...words: string[]): Promise<Done> => gatehouse([...words, '--data-dir', dataDir]);
const webhooks = async (): Promise<number> => (await run('webhook', 'list')).stdout.split('\n').length - 1;

it('a command that seals or opens something refuses with another key than the database’s, and changes nothing', async () => {
  const demo = await run('demo', '--registrations', '3', '--json');
  const { developer } = demoSchema.parse(JSON.parse(demo.stdout));
  const token = await run('token', 'create', '--gateway', 'local');
  expect([token.code, token.stderr]).toEqual([0, '']);
  expect((await run('webhook', 'add', 'https://hooks.example.com/')).code).toBe(0);
  await rename(`${dataDir}/secrets.key`, `${dataDir}/kept`);
  for (const key of [null, randomBytes(32)]) {
    if (key) await writeFile(`${dataDir}/secrets.key`, key.toString('base64'));
    for (const words of [
      ['webhook', 'add', 'https://other.example.com/'],
      ['token', 'create', '--gateway', 'local'],
      ['developer', 'erase', developer.email],
      ['secrets', 'rotate'],
    ]) {
      const done = await run(...words);
      expect([words, done.code, done.stderr]).toEqual([
        words,
        1,
        expect.stringContaining('[secrets_key_wrong]'),
      ]);
    }
    // What needs no secret goes on: a backup can still be made.
    expect(await webhooks()).toBe(1);
  }
  await rename(`${dataDir}/kept`, `${dataDir}/secrets.key`);
}, 240_000);

it('changes the key while no server runs, and says where the former one is', async () => {
  const former = await readFile(`${dataDir}/secrets.key`, 'utf8');
  const fingerprint = (token: Done): string | undefined => token.stdout.trim().split('_').at(-1);
  const before = await run('token', 'create', '--gateway', 'local');

  const server = launch([commandLine, 'server', '--data-dir', dataDir, '--port', '0']);
  const { until, ended } = listen(server);
  await until(/http:\/\/localhost:\d+/);
  const refused = await run('secrets', 'rotate');
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('[database_in_use]')]);
  server.kill('SIGTERM');
  await ended;

  const done = await run('secrets', 'rotate');
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('secrets.key.former.')]);
  expect(await readFile(`${dataDir}/secrets.key`, 'utf8')).not.toBe(former);
  const after = await run('token', 'create', '--gateway', 'local');
  // Gateways trust what they trusted before.
  expect(fingerprint(after)).toBe(fingerprint(before));
  expect(fingerprint(after)).toMatch(/^[0-9a-f]{64}$/);
}, 240_000);

it('a backup from before the key was changed is good with the present one, or says which key is missing', async () => {
  const backup = `${place.folder}/old-key.backup`;
  expect((await run('backup', '--out', backup)).code).toBe(0);
  expect((await run('secrets', 'rotate')).code).toBe(0);
  const restored = await run('restore', backup, '--replace');
  expect([restored.code, restored.stdout]).toEqual([
    0,
    expect.stringContaining('sealed with a former key, and are with the present one now'),
  ]);
  // What has to be opened is opened, and the checkpoints tell of the restore before a server starts.
  expect((await run('token', 'create', '--gateway', 'local')).stderr).toBe('');
  expect((await run('audit', 'verify', '--database')).stdout).toContain('The chain holds');

  for (const name of await readdir(dataDir)) {
    if (name.startsWith('secrets.key.former.')) await rm(`${dataDir}/${name}`);
  }
  const without = await run('restore', backup, '--replace');
  expect([without.code, without.stdout]).toEqual([0, expect.stringContaining('a key that is not here')]);
  expect((await run('token', 'create', '--gateway', 'local')).stderr).toContain('[secrets_key_wrong]');
}, 240_000);
