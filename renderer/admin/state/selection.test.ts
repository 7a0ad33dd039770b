import { expect, it } from 'vitest';
import { createFakeDesk } from '../testing/fake-desk.ts';
import type { QueueRow } from '../../../domain/desk/rows.ts';
import { createSelection, type Selection } from './selection.svelte.ts';

async function setUp(): Promise<{ rows: readonly QueueRow[]; selection: Selection; ticked: () => number[] }> {
  const filter = { kinds: [], states: [], portalId: null, search: '' };
  const answer = await createFakeDesk({ size: 4 }).invoke('queue.page', { filter, after: null, limit: 12 });
  if (!answer.ok) throw new Error(answer.failure.message);
  const { rows } = answer.value;
  const selection = createSelection();
  return { rows, selection, ticked: () => rows.flatMap((row, place) => (selection.has(row) ? [place] : [])) };
}

function row(rows: readonly QueueRow[], place: number): QueueRow {
  const found = rows[place];
  if (!found) throw new Error(`no row ${place}`);
  return found;
}

it('extends from the row ticked last, and shrinks again', async () => {
  const { rows, selection, ticked } = await setUp();
  selection.toggle(row(rows, 2));
  selection.extendTo(rows, 5, 2);
  expect(ticked()).toEqual([2, 3, 4, 5]);
  selection.extendTo(rows, 3, 5);
  expect(ticked()).toEqual([2, 3]);
  selection.extendTo(rows, 0, 3);
  expect(ticked()).toEqual([0, 1, 2]);
});

it('keeps what was ticked apart from the range', async () => {
  const { rows, selection, ticked } = await setUp();
  selection.toggle(row(rows, 9));
  selection.toggle(row(rows, 1));
  selection.extendTo(rows, 3, 1);
  expect(ticked()).toEqual([1, 2, 3, 9]);
});

it('begins at the active row where nothing is ticked yet', async () => {
  const { rows, selection, ticked } = await setUp();
  selection.extendTo(rows, 6, 4);
  expect(ticked()).toEqual([4, 5, 6]);
});
