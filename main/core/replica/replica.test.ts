import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Frame } from '../../../domain/wire/frames.ts';
import { makePortal, type Portal } from '../testing/portal.ts';
import { deskFolder, removeFolder } from '../testing/desk.ts';
import { trusted, type Mark } from './folder.ts';
import { launchOwner } from './launch.ts';
import type { ChildPort } from './port.ts';
import { replicaIn, type Replica } from './replica.ts';
import { schemaHash } from './schema.ts';

const owner = 'http://localhost:1 ada';
let dataDir: string;
let portal: Portal;
let replica: Replica;
let child: ChildPort;
const launch = (): ChildPort => (child = launchOwner());

beforeEach(async () => {
  dataDir = await deskFolder();
  portal = makePortal();
  replica = replicaIn(dataDir, launch);
});
afterEach(async () => {
  await replica.close(true).catch(() => undefined);
  replica.stop();
  await removeFolder(dataDir);
});

async function load(): Promise<void> {
  const { manifest, chunks } = portal.snapshot(1_000);
  await replica.call('begin', manifest);
  for (const chunk of manifest.chunks) {
    await replica.call('load', {
      snapshot: manifest.id,
      chunk,
      bytes: chunks[chunk.number] ?? new Uint8Array(),
    });
  }
  await replica.call('finish', manifest);
}

const counts = async (): Promise<unknown> =>
  replica.query(
    z.strictObject({ kind: z.string(), state: z.string(), n: z.int() }),
    'select kind, state, n from counters where n <> 0 order by kind, state',
  );

function frameOf(items: Frame['items'], prev = portal.cursor.seq): Frame {
  return { epoch: 1, prev, to: prev + 1, items };
}

test('counters and earlier decisions follow every insert, update and delete', async () => {
  const developers = [1, 2, 3].map((n) => portal.seed('developer', portal.developer(n)));
  await replica.open(owner);
  await load();
  expect(await counts()).toEqual([{ kind: 'developer', state: 'pending', n: 3 }]);
  const [a, b] = developers;
  if (!a || !b) throw new Error('no rows');
  const decided = {
    decidedBy: 'admin:x',
    decidedAt: '2026-01-02T00:00:00.000Z',
    decidedAction: 'approve' as const,
  };
  const after = portal.cursor.seq;
  portal.put('developer', { ...a, state: 'approved', revision: 2, decidedRevision: 2, ...decided });
  portal.put('developer', {
    ...a,
    state: 'revoked',
    revision: 3,
    decidedRevision: 3,
    ...decided,
    decidedAction: 'revoke',
  });
  portal.remove('developer', b.id);
  // One by one: a run of frames keeps the last word on a row only.
  for (const frame of portal.frames(after))
    expect(await replica.call('apply', [frame])).toMatchObject({ applied: true });
  expect(await counts()).toEqual([
    { kind: 'developer', state: 'pending', n: 1 },
    { kind: 'developer', state: 'revoked', n: 1 },
  ]);
  const history = await replica.query(z.looseObject({ action: z.string() }), 'select * from history');
  expect(history.map(({ action }) => action)).toEqual(['approve']);
});

test('a run of frames is applied whole or not at all', async () => {
  const developer = portal.seed('developer', portal.developer(1));
  await replica.open(owner);
  await load();
  const cursor = portal.cursor;
  portal.put('developer', { ...developer, name: 'One', revision: 2 });
  portal.put('developer', { ...developer, name: 'Two', revision: 3 });
  const [first, second] = portal.frames(cursor.seq);
  if (!first || !second) throw new Error('no frames');
  const wrong: Frame[][] = [
    [second],
    [first, first],
    [first, { ...second, prev: 99, to: 100 }],
    [{ ...first, epoch: 2 }],
    [],
  ];
  for (const frames of wrong)
    expect(await replica.call('apply', frames)).toMatchObject({ applied: false, cursor });
  await expect(
    replica.call('apply', [
      first,
      frameOf(
        [{ ...(second.items[0] ?? never()), row: { id: 'no' } } as Frame['items'][number]],
        second.prev,
      ),
    ]),
  ).rejects.toMatchObject({ code: 'replica_failed' });
  expect((await replica.call('standing', null)).cursor).toEqual(cursor);
  expect(await replica.call('apply', [first, second])).toMatchObject({
    applied: true,
    cursor: portal.cursor,
  });
});

function never(): never {
  throw new Error('unreachable');
}

test('a killed owner comes back with all that it had acknowledged', async () => {
  const developer = portal.seed('developer', portal.developer(1));
  await replica.open(owner);
  await load();
  for (let round = 0; round < 3; round++) {
    const after = portal.cursor.seq;
    for (let n = 0; n < 20; n++)
      portal.put('developer', { ...developer, name: `${round} ${n}`, revision: n });
    await replica.call('apply', portal.frames(after));
    const gone = new Promise<void>((resolve) => child.onClose(resolve));
    child.kill();
    await gone;
    expect((await replica.call('standing', null)).cursor).toEqual(portal.cursor);
    const [row] = await replica.query(z.strictObject({ name: z.string() }), 'select name from developers');
    expect(row?.name).toBe(`${round} 19`);
  }
});

test("a copy is trusted after a kill on the same boot and after a clean close, and never another's", () => {
  const mark: Mark = { owner, schema: schemaHash, boot: 'one', clean: false };
  expect(trusted(mark, owner, 'one')).toBe(true);
  expect(trusted(mark, owner, 'two')).toBe(false);
  expect(trusted({ ...mark, clean: true }, owner, 'two')).toBe(true);
  expect(trusted({ ...mark, clean: true }, 'http://localhost:1 bob', 'one')).toBe(false);
  expect(trusted({ ...mark, schema: 'older', clean: true }, owner, 'one')).toBe(false);
  expect(trusted(null, owner, 'one')).toBe(false);
});

test('after a lost kernel the copy is dropped, and one that does not open is made anew', async () => {
  portal.seed('developer', portal.developer(1));
  await replica.open(owner);
  await load();
  await replica.close(true);
  expect((await replica.open(owner)).cursor).toEqual(portal.cursor);
  await replica.close(true);
  const path = join(dataDir, 'replica.mark.json');
  const mark = z.looseObject({}).parse(JSON.parse(await readFile(path, 'utf8')));
  await writeFile(path, JSON.stringify({ ...mark, clean: false, boot: 'another' }));
  expect((await replica.open(owner)).cursor).toBeNull();
  await load();
  await replica.close(true);
  await writeFile(join(dataDir, 'replica/global/pg_control'), 'garbage');
  expect((await replica.open(owner)).cursor).toBeNull();
});

test('the owner holds the copy against a second one', async () => {
  await replica.open(owner);
  const { hold } = await import('../lock.ts');
  await expect(hold(dataDir, 'replica')).rejects.toMatchObject({ code: 'folder_in_use' });
});
