import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import Panes from './testing/Panes.svelte';

const size = () => screen.getByRole('status').textContent;

test('the line moves by keys, further with Shift, and never past its ends', async () => {
  render(Panes, { size: 300 });
  const line = screen.getByRole('separator', { name: 'Width' });
  expect(line.getAttribute('aria-valuenow')).toBe('300');

  await fireEvent.keyDown(line, { key: 'ArrowLeft' });
  expect(size()).toBe('316');
  await fireEvent.keyDown(line, { key: 'ArrowRight', shiftKey: true });
  expect(size()).toBe('252');
  await fireEvent.keyDown(line, { key: 'Home' });
  await fireEvent.keyDown(line, { key: 'ArrowRight' });
  expect(size()).toBe('200');
  await fireEvent.keyDown(line, { key: 'End' });
  await fireEvent.keyDown(line, { key: 'ArrowLeft' });
  expect(size()).toBe('400');
  expect(line.getAttribute('aria-valuenow')).toBe('400');

  await fireEvent.dblClick(line);
  expect(size()).toBe('300');
});

test('the arrows follow the line when the first pane keeps its width', async () => {
  render(Panes, { size: 300, fixed: 'start' });
  await fireEvent.keyDown(screen.getByRole('separator'), { key: 'ArrowLeft' });
  expect(size()).toBe('284');
});

test('tabs show one panel and move by arrows', async () => {
  render(Panes);
  expect(screen.getByRole('tablist', { name: 'Views' })).toBeTruthy();
  expect(screen.getByRole('tabpanel').textContent).toContain('Panel one');
  const first = screen.getByRole('tab', { name: 'One', selected: true });
  first.focus();
  await fireEvent.keyDown(first, { key: 'ArrowRight' });
  await waitFor(() => expect(screen.getByRole('tab', { selected: true }).textContent).toContain('Two'));
  expect(screen.getByRole('tab', { selected: true }).textContent).toContain('1,204');
  expect(screen.getByRole('tabpanel').textContent).toContain('Panel two');
});
