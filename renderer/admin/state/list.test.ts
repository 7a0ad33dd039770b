import { expect, it } from 'vitest';
import { createFakeDesk, type FakeDesk } from '../testing/fake-desk.ts';
import { createList, pageSize, type List } from './list.svelte.ts';
import type { QueueFilter } from '../../../domain/desk/api.ts';

const all: QueueFilter = { kinds: [], states: [], portalId: null, search: '' };

async function load(size: number): Promise<{ desk: FakeDesk; list: List }> {
  const desk = createFakeDesk({ size });
  const list = createList(desk, all);
  await list.invalidate();
  return { desk, list };
}

function pagesAsked(desk: FakeDesk): number {
  return desk.calls.filter(({ call }) => call === 'queue.page').length;
}

const titles = (list: List): string[] => list.rows.map((row) => row.title);

it('loads a page at a time, as far as is looked at, in order and without doubles', async () => {
  const { list } = await load(100);
  expect(list.rows).toHaveLength(pageSize);
  expect(list.complete).toBe(false);

  await list.look({ first: 60, last: 90 });
  expect(list.rows).toHaveLength(2 * pageSize);
  await list.look({ first: 160, last: 199 });
  expect(list.rows).toHaveLength(300);
  expect(list.complete).toBe(true);
  expect(list.places.size).toBe(300);
  const times = list.rows.map((row) => row.createdAt);
  expect(times).toEqual(times.toSorted().reverse());
});

it('takes in what arrives and what changes in view, and asks for the rest only once it is looked at', async () => {
  const { desk, list } = await load(100);
  await list.look({ first: 150, last: 180 });
  await list.look({ first: 150, last: 180 });
  const before = pagesAsked(desk);

  desk.arrive('Newcomer');
  await list.invalidate();
  const cost = pagesAsked(desk) - before;
  expect(titles(list)).not.toContain('Newcomer');
  expect(cost).toBeLessThanOrEqual(2);

  await list.look({ first: 0, last: 30 });
  expect(titles(list)[0]).toBe('Newcomer');
  expect(list.places.size).toBe(list.rows.length);
});

it('lets a row go that no longer matches, and keeps the others in place', async () => {
  const desk = createFakeDesk({ size: 12 });
  const list = createList(desk, { ...all, states: ['pending'] });
  await list.invalidate();
  const [first, second] = list.rows;
  if (!first || !second) throw new Error('the seed is empty');

  await desk.invoke('decide', { action: 'approve', targets: [first], reason: null });
  await list.invalidate();
  expect(list.rows[0]).toMatchObject({ id: first.id, pending: { action: 'approve', phase: 'held' } });

  desk.deliver();
  await list.invalidate();
  expect(list.rows[0]?.id).toBe(second.id);
});

it('drops the answer to a filter that is no longer wanted', async () => {
  const { list } = await load(20);
  const slow = list.setFilter({ ...all, search: 'nothing at all' });
  const wanted = list.setFilter({ ...all, kinds: ['developer'] });
  await Promise.all([slow, wanted]);
  expect(list.rows).toHaveLength(20);
  expect(list.rows.every((row) => row.kind === 'developer')).toBe(true);
});

it('keeps what it has when the desk fails, says so, and recovers', async () => {
  const { desk, list } = await load(5);
  desk.failNext('queue.page', 'internal');
  await list.invalidate();
  expect(list.rows).toHaveLength(15);
  expect(list.failure?.code).toBe('internal');
  await list.invalidate();
  expect(list.failure).toBeNull();
});

it('sees a change that comes while an older one is being asked about', async () => {
  const { desk, list } = await load(5);
  const [row] = list.rows;
  if (!row) throw new Error('the seed is empty');
  await desk.invoke('decide', { action: 'approve', targets: [row], reason: null });
  const earlier = list.invalidate();
  desk.deliver();
  await Promise.all([earlier, list.invalidate()]);
  expect(list.rows[0]).toMatchObject({ id: row.id, state: 'approved', pending: null });
});
