import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import ToastRegion from './ToastRegion.svelte';
import { createToasts } from './toasts.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const texts = () => screen.queryAllByRole('listitem').map((item) => item.querySelector('.text')?.textContent);

async function pass(milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds);
  await tick();
}

test('a message comes into a live region that was there before, and goes by itself', async () => {
  const toasts = createToasts();
  render(ToastRegion, { toasts });
  const region = screen.getByRole('region', { name: 'Notifications' }).querySelector('[aria-live="polite"]');
  expect(region?.children).toHaveLength(0);

  toasts.add({ text: 'Saved.' });
  await tick();
  expect(region?.textContent).toContain('Saved.');
  await pass(5900);
  expect(texts()).toEqual(['Saved.']);
  await pass(200);
  expect(texts()).toEqual([]);
});

test('a failure stays until it is dismissed', async () => {
  const toasts = createToasts();
  render(ToastRegion, { toasts });
  toasts.add({ text: 'Not saved.', tone: 'negative' });
  await pass(600_000);
  expect(texts()).toEqual(['Not saved.']);
  await fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(texts()).toEqual([]);
});

test('its action runs once and takes the message away', async () => {
  const toasts = createToasts();
  const run = vi.fn();
  render(ToastRegion, { toasts });
  toasts.add({ text: 'Archived.', action: { label: 'Undo', run, shortcut: 'z' } });
  await tick();
  await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
  expect(run).toHaveBeenCalledTimes(1);
  expect(texts()).toEqual([]);
});

test('clocks stand still while someone reads, also for a message that comes meanwhile', async () => {
  const toasts = createToasts();
  render(ToastRegion, { toasts });
  toasts.add({ text: 'One' });
  await pass(4000);
  const region = screen.getByRole('region', { name: 'Notifications' });
  await fireEvent.focusIn(region);
  toasts.add({ text: 'Two' });
  await pass(60_000);
  expect(texts()).toEqual(['One', 'Two']);
  await fireEvent.focusOut(region);
  await pass(2100);
  expect(texts()).toEqual(['Two']);
  await pass(4000);
  expect(texts()).toEqual([]);
});

test('the oldest makes room for a fourth', async () => {
  const toasts = createToasts();
  render(ToastRegion, { toasts });
  for (const text of ['1', '2', '3', '4']) toasts.add({ text });
  await tick();
  expect(texts()).toEqual(['2', '3', '4']);
});

test('a message dismissed under the focus does not stop the clocks of those to come', async () => {
  const toasts = createToasts();
  render(ToastRegion, { toasts });
  toasts.add({ text: 'One' });
  await tick();
  await fireEvent.focusIn(screen.getByRole('region', { name: 'Notifications' }));
  await fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  toasts.add({ text: 'Two' });
  await pass(6100);
  expect(texts()).toEqual([]);
});
