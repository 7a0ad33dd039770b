/** Webhooks from the command line, without a server: what is set up here is delivered to once one runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatehouse, scratch, type Done, type Scratch } from './spawn.ts';

let place: Scratch;

beforeAll(async () => {
  place = await scratch();
  const made = await gatehouse(['demo', '--registrations', '1', '--data-dir', `${place.folder}/data`]);
  expect(made.code).toBe(0);
});

afterAll(() => place.remove());

const webhook = (...words: string[]): Promise<Done> =>
  gatehouse(['webhook', ...words, '--data-dir', `${place.folder}/data`]);

it('adds one with a secret that is shown once, lists it, gives it another secret and removes it', async () => {
  const added = await webhook(
    'add',
    'https://hooks.example.com/a',
    '--events',
    'developer.*, credential.revoked',
  );
  expect([added.code, added.stdout]).toEqual([0, expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=\n$/)]);
  const listed = await webhook('list');
  const [id = ''] = listed.stdout.split(' ');
  expect(listed.stdout).toBe(
    `${id}  delivers  0 waiting  0 dead  developer.*,credential.revoked  https://hooks.example.com/a\n`,
  );
  const rotated = await webhook('secret', id);
  expect(rotated.stdout).toMatch(/^whsec_/);
  expect(rotated.stdout).not.toBe(added.stdout);
  expect((await webhook('resume', id, '--dead')).stdout).toBe('Delivers again.\n');
  expect((await webhook('remove', id)).code).toBe(0);
  expect((await webhook('list')).stdout).toBe('');
  expect(await webhook('remove', id)).toMatchObject({ code: 1 });
}, 180_000);

it('says what it does not take', async () => {
  for (const [words, code, exit] of [
    [['add', 'http://hooks.example.com/'], 'webhook_address_refused', 1],
    [['add', 'https://10.0.0.1/'], 'webhook_address_refused', 1],
    [['add', 'https://hooks.example.com/', '--events', 'developer.nonsense'], 'invalid_input', 2],
    [['remove', 'nonsense'], 'not_found', 1],
  ] as const) {
    const done = await webhook(...words);
    expect(done.code).toBe(exit);
    expect(done.stderr).toContain(`[${code}]`);
  }
}, 180_000);
