/** Gateways' tokens from the command line: made, listed without their secrets, ended one by one or all. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatehouse, scratch, type Done, type Scratch } from './spawn.ts';

let place: Scratch;

beforeAll(async () => {
  place = await scratch();
});

afterAll(() => place.remove());

const run = (...words: string[]): Promise<Done> =>
  gatehouse([...words, '--data-dir', `${place.folder}/data`]);

it('lists tokens without their secrets, and revokes one, then all', async () => {
  expect((await run('demo', '--registrations', '1')).code).toBe(0);
  const made = [];
  for (let count = 0; count < 3; count++) {
    made.push((await run('token', 'create', '--gateway', 'local')).stdout.trim());
  }
  const listed = await run('token', 'list');
  const lines = listed.stdout.trim().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    expect(line).toMatch(/^[0-9a-f-]{36}\tlocal\t\S+\tcreated \S+Z\tnever used\tlive$/);
  }
  for (const token of made) expect(listed.stdout).not.toContain(token.slice(4, 47));

  const [id = ''] = lines[1]?.split('\t') ?? [];
  expect((await run('token', 'revoke', id)).stdout).toBe('Revoked 1 token.\n');
  expect((await run('token', 'list')).stdout).toMatch(new RegExp(`^${id}\t.*\trevoked \\S+Z$`, 'm'));
  const again = await run('token', 'revoke', id);
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/\[not_found\]\n$/)]);
  expect((await run('token', 'revoke', '--gateway', 'local')).stdout).toBe('Revoked 2 tokens.\n');
  expect((await run('token', 'revoke', '--gateway', 'nowhere')).stderr).toContain('no gateway "nowhere"');
}, 180_000);
