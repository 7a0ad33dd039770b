import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { VirtualListHandle } from './handles.ts';
import Rows from './testing/Rows.svelte';

const height = 320;
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index}`);

/** jsdom lays nothing out: the viewport gets a height, and resizing never happens. */
beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  );
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(height);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(height);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const rows = () => screen.getAllByRole('option');
const named = () =>
  document.getElementById(screen.getByRole('listbox').getAttribute('aria-activedescendant') ?? '');

test('draws what is in sight of 100,000 rows, each with its place', () => {
  render(Rows, { items: many(100_000) });
  expect(rows().length).toBeLessThan(40);
  expect(rows()[0]?.textContent).toContain('row 0');
  expect(rows()[3]?.getAttribute('aria-posinset')).toBe('4');
  expect(rows()[3]?.getAttribute('aria-setsize')).toBe('100000');
});

test('follows its items when they change', async () => {
  const { rerender } = render(Rows, { items: many(3) });
  expect(rows()).toHaveLength(3);
  await rerender({ items: many(8) });
  expect(rows()).toHaveLength(8);
  await rerender({ items: ['other'] });
  expect(rows().map((row) => row.textContent.trim())).toEqual(['other']);
});

test('keeps the element of a row that stays when those before it go', async () => {
  const { rerender } = render(Rows, { items: ['a', 'b', 'c'] });
  const before = screen.getByText('c').closest('[role=option]');
  await rerender({ items: ['b', 'c'] });
  expect(screen.getByText('c').closest('[role=option]')).toBe(before);
});

test('names the active row to screen readers also when it is out of sight', async () => {
  const { rerender } = render(Rows, { items: many(5000), active: 2 });
  expect(named()?.textContent).toContain('row 2');
  await rerender({ active: 4321 });
  expect(named()?.textContent).toContain('row 4321');
  await rerender({ active: -1 });
  expect(screen.getByRole('listbox').hasAttribute('aria-activedescendant')).toBe(false);
});

test('marks what is selected', () => {
  render(Rows, { items: many(5), chosen: ['row 1', 'row 4'] });
  expect(screen.getByRole('listbox').getAttribute('aria-multiselectable')).toBe('true');
  expect(screen.getAllByRole('option', { selected: true }).map((row) => row.textContent.trim())).toEqual([
    'row 1',
    'row 4',
  ]);
});

test('a press takes the focus to the list and tells the mark from the row', async () => {
  const onrowclick = vi.fn();
  const ontoggle = vi.fn();
  render(Rows, { items: many(5), onrowclick, ontoggle });
  await fireEvent.click(screen.getByText('row 3'));
  expect(onrowclick).toHaveBeenCalledWith('row 3', 3, expect.anything());
  expect(ontoggle).not.toHaveBeenCalled();
  expect(document.activeElement).toBe(screen.getByRole('listbox'));
  expect(named()?.textContent).toContain('row 3');

  const mark = rows()[1]?.querySelector('[data-select]');
  if (mark) await fireEvent.click(mark);
  expect(ontoggle).toHaveBeenCalledWith('row 1', 1, expect.anything());
  expect(onrowclick).toHaveBeenCalledTimes(1);
});

test('asks for more near the end, once for each length, and not at the start of a long list', async () => {
  const onnearend = vi.fn();
  const { rerender } = render(Rows, { items: many(1000), onnearend });
  await tick();
  expect(onnearend).not.toHaveBeenCalled();

  await rerender({ items: many(20) });
  expect(onnearend).toHaveBeenCalledTimes(1);
  await rerender({ active: 3 });
  await rerender({ active: 19 });
  expect(onnearend).toHaveBeenCalledTimes(1);
  await rerender({ items: many(25) });
  expect(onnearend).toHaveBeenCalledTimes(2);
});

test('its handle tells the page size and moves the focus', () => {
  const onready = vi.fn<(list: VirtualListHandle) => void>();
  render(Rows, { items: many(50), onready });
  const list = onready.mock.calls[0]?.[0];
  expect(list?.pageSize()).toBe(10);
  list?.focus();
  expect(document.activeElement).toBe(screen.getByRole('listbox', { name: 'Rows' }));
});
