/** A desk and a server, both real: what one admin at one desk sees. */
import { afterEach, expect, test } from 'vitest';
import { settled, synced } from '../../main/core/testing/desk.ts';
import { openScene, patience, type OwnDesk, type Scene } from './scene.ts';

let scene: Scene | null = null;

afterEach(async () => {
  await scene?.close();
  scene = null;
});

async function open(requests: number): Promise<Scene> {
  scene = await openScene(requests);
  return scene;
}

const stateOf = async (desk: OwnDesk, id: string | undefined): Promise<string | undefined> =>
  (await desk.rows('developer')).find((row) => row.id === id)?.state;

test('a new desk signs in, loads the portal, sees it live, decides, and hears the outcome', async () => {
  const { desk: openDesk, portal, whole, signUp, expectConverged } = await open(3);
  const desk = await openDesk('Ada');
  expect(await desk.rows('registration')).toHaveLength(3);
  expect(whole.cable.asked.some((path) => path.startsWith('/api/admin/v1/snapshot/'))).toBe(true);

  const { id } = await signUp('Just now');
  await expect
    .poll(async () => (await desk.rows('developer')).map(({ title }) => title), patience)
    .toContain('Just now');

  const target = { kind: 'developer' as const, id };
  const decided = await desk.ask('decide', { action: 'approve', targets: [target], reason: null });
  expect(decided).toMatchObject({ recorded: 1, skipped: [] });
  await desk.until(settled);
  await expect.poll(() => stateOf(desk, id), patience).toBe('approved');
  expect((await desk.ask('attention.list', {})).entries).toEqual([]);

  const before = portal.requests.map(({ developer }) => stateOf(desk, developer.id));
  expect(await Promise.all(before)).toEqual(['pending', 'pending', 'pending']);
  await expectConverged();
});

test('a held decision can be taken back; a revoke leaves at once', async () => {
  const { desk: openDesk, portal, whole, expectConverged } = await open(2);
  const [first, second] = portal.requests;
  if (!first || !second) throw new Error('no requests');
  const desk = await openDesk('Ada', { hold: 3_600_000 });
  const other = await openDesk('Bob');
  const about = (request: typeof first) => [{ kind: 'developer' as const, id: request.developer.id }];

  await other.ask('decide', { action: 'approve', targets: about(second), reason: null });
  await expect.poll(() => stateOf(desk, second.developer.id), patience).toBe('approved');

  const { batch } = await desk.ask('decide', { action: 'approve', targets: about(first), reason: null });
  await desk.ask('decide', { action: 'revoke', targets: about(second), reason: 'Left the company' });
  await expect.poll(() => stateOf(desk, second.developer.id), patience).toBe('revoked');
  expect((await desk.ask('status.get', {})).held).toBe(1);
  expect(await desk.ask('undo', { batch })).toEqual({ undone: 1, tooLate: 0 });
  await desk.until(settled);
  expect(await stateOf(desk, first.developer.id)).toBe('pending');
  const { rows } = await whole.server.deps.pool.query(`select 1 from change_log where kind = 'outcome'`);
  expect(rows).toHaveLength(2);
  await expectConverged();
});

test('what was decided offline in chains is applied in chains', async () => {
  const { desk: openDesk, portal, whole, expectConverged } = await open(1);
  const [request] = portal.requests;
  if (!request) throw new Error('no request');
  const desk = await openDesk('Ada');
  await whole.cable.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  for (const kind of ['developer', 'application', 'registration'] as const) {
    await desk.ask('decide', { action: 'approve', targets: [{ kind, id: request[kind].id }], reason: null });
  }
  expect((await desk.rows('registration')).map(({ state, pending }) => [state, pending?.action])).toEqual([
    ['pending', 'approve'],
  ]);
  await whole.cable.mend();
  await desk.until(settled);
  expect((await desk.ask('attention.list', {})).entries).toEqual([]);
  for (const kind of ['developer', 'application', 'registration'] as const) {
    await expect
      .poll(async () => (await desk.rows(kind)).map(({ state }) => state), patience)
      .toEqual(['approved']);
  }
  await expectConverged();
});

test('a desk that missed 5,000 changes catches up by pages, without a snapshot', async () => {
  const { desk: openDesk, portal, whole, expectConverged } = await open(50);
  const desk = await openDesk('Ada');
  await whole.cable.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  const before = whole.cable.asked.length;
  const { commit } = whole.server.deps;
  for (let round = 2; round < 102; round++) {
    const rows = portal.requests.map(({ developer }) => ({
      ...developer,
      name: `${developer.name} ${round}`,
      revision: round,
    }));
    await commit((change) => change.put('developer', rows, { actor: 'system' }));
  }
  await whole.cable.mend();
  await desk.until(synced);
  const asked = whole.cable.asked.slice(before);
  expect(asked.filter((path) => path === '/api/admin/v1/changes').length).toBeGreaterThanOrEqual(1);
  expect(asked.filter((path) => path.startsWith('/api/admin/v1/snapshot'))).toEqual([]);
  const titles = (await desk.rows('developer')).map(({ title }) => title);
  expect(titles.every((title) => title.endsWith(' 101'))).toBe(true);
  await expectConverged();
});
