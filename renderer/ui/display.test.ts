import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import Banner from './Banner.svelte';
import CopyButton from './CopyButton.svelte';
import Pagination from './Pagination.svelte';
import ProgressBar from './ProgressBar.svelte';
import StateMark from './StateMark.svelte';
import Time from './Time.svelte';
import { listKey } from './list-keys.ts';
import { pageLinks } from './page-links.ts';
import { relativeTime } from './relative-time.ts';
import { ariaKeys, keyCaps } from './shortcut.ts';
import { text } from './testing/text.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('each mark has a shape of its own beside its word', () => {
  const marks = ['pending', 'positive', 'negative', 'blocked', 'waiting', 'attention', 'neutral'] as const;
  const shapes = marks.map((mark) => {
    const { container, unmount } = render(StateMark, { mark, label: `is ${mark}`, compact: true });
    expect(container.textContent.trim()).toBe(`is ${mark}`);
    const shape = container.querySelector('svg')?.innerHTML.replaceAll(/<!--.*?-->/g, '');
    unmount();
    return shape;
  });
  expect(new Set(shapes).size).toBe(marks.length);
});

describe('copying', () => {
  test('puts the value on the clipboard and says so', async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    render(CopyButton, { value: 'k-123', what: 'Key' });
    expect(screen.getByRole('status').textContent.trim()).toBe('');
    await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    await tick();
    expect(writeText).toHaveBeenCalledWith('k-123');
    expect(screen.getByRole('status').textContent.trim()).toBe('Key copied');
  });

  test('says what to do when the browser refuses', async () => {
    vi.stubGlobal('navigator', { clipboard: { writeText: () => Promise.reject(new Error('denied')) } });
    render(CopyButton, { value: 'k-123' });
    await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    await tick();
    expect(screen.getByRole('status').textContent).toContain('press Ctrl+C');
  });

  test('says so where there is no clipboard at all', async () => {
    vi.stubGlobal('navigator', {});
    render(CopyButton, { value: 'k-123' });
    await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    await tick();
    expect(screen.getByRole('status').textContent).toContain('press Ctrl+C');
  });
});

describe('time', () => {
  const now = Date.UTC(2026, 2, 10, 12);

  test.each([
    [0, 'now', 'just now'],
    [-59_000, 'now', 'just now'],
    [-60_000, '1 m', '1 minute ago'],
    [-59 * 60_000, '59 m', '59 minutes ago'],
    [-3_600_000, '1 h', '1 hour ago'],
    [-86_400_000, '1 d', 'yesterday'],
    [-8 * 86_400_000, '1 w', 'last week'],
    [-400 * 86_400_000, '1 y', 'last year'],
    [30_000, 'now', 'in less than a minute'],
    [2 * 86_400_000, 'in 2 d', 'in 2 days'],
  ])('%i ms from now is "%s" in a column and "%s" in a sentence', (distance, short, long) => {
    expect(relativeTime(now + distance, now, 'short', 'en')).toBe(short);
    expect(relativeTime(now + distance, now, 'long', 'en')).toBe(long);
  });

  test('renews itself while on screen, and carries the exact moment', async () => {
    vi.useFakeTimers({ now });
    const { container, unmount } = render(Time, { value: now, format: 'short' });
    const time = container.querySelector('time');
    expect(time?.textContent.trim()).toBe('now');
    expect(time?.dateTime).toBe('2026-03-10T12:00:00.000Z');
    expect(time?.title).toContain('2026');
    vi.advanceTimersByTime(5 * 60_000);
    await tick();
    expect(time?.textContent.trim()).toBe('5 m');
    unmount();
    await vi.runAllTimersAsync();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that cannot be read does not break the page', () => {
    const { container } = render(Time, { value: 'nonsense' });
    expect(container.textContent).toContain('unknown');
  });
});

describe('pages', () => {
  const shown = (page: number, count: number) => pageLinks(page, count).map((link) => link.page ?? '…');

  test('leave out what is far, and never one page alone', () => {
    expect(shown(1, 1)).toEqual([1]);
    expect(shown(1, 12)).toEqual([1, 2, '…', 12]);
    expect(shown(4, 12)).toEqual([1, 2, 3, 4, 5, '…', 12]);
    expect(shown(6, 12)).toEqual([1, '…', 5, 6, 7, '…', 12]);
    expect(shown(12, 12)).toEqual([1, '…', 11, 12]);
  });

  test('name the current one and report the next', async () => {
    const onchange = vi.fn();
    render(Pagination, { page: 1, pageCount: 3, onchange });
    expect(screen.getByRole('button', { current: 'page' }).textContent).toBe('1');
    expect(screen.getByRole('button', { name: 'Previous page' })).toHaveProperty('disabled', true);
    await fireEvent.click(screen.getByRole('button', { name: 'Next page' }));
    expect(onchange).toHaveBeenCalledWith(2);
    expect(screen.getByRole('button', { current: 'page' }).textContent).toBe('2');
  });

  test('need no links when there is one', () => {
    render(Pagination, { page: 1, pageCount: 1 });
    expect(screen.queryByRole('navigation')).toBeNull();
  });
});

test('progress has a value when the end is known and none when it is not', async () => {
  const { rerender } = render(ProgressBar, { label: 'Loading', value: 31, text: '31,000 of 100,000' });
  const bar = screen.getByRole('progressbar', { name: 'Loading' });
  expect(bar.getAttribute('aria-valuenow')).toBe('31');
  expect(bar.getAttribute('aria-valuetext')).toBe('31,000 of 100,000');
  await rerender({ value: null, text: undefined });
  expect(bar.hasAttribute('aria-valuenow')).toBe(false);
});

test('only a failure interrupts a screen reader', () => {
  render(Banner, { tone: 'info', children: text('Offline') });
  render(Banner, { tone: 'negative', children: text('Refused') });
  expect(screen.getByRole('status').textContent).toContain('Offline');
  expect(screen.getByRole('alert').textContent).toContain('Refused');
});

test('list keys stay within the list and leave other keys alone', () => {
  const place = { active: 5, count: 20, page: 8 };
  expect(listKey('ArrowDown', place)).toBe(6);
  expect(listKey('PageDown', { ...place, active: 15 })).toBe(19);
  expect(listKey('PageUp', place)).toBe(0);
  expect(listKey('Home', place)).toBe(0);
  expect(listKey('End', place)).toBe(19);
  expect(listKey('ArrowDown', { ...place, active: -1 })).toBe(0);
  expect(listKey('j', place)).toBeNull();
  expect(listKey('End', { ...place, count: 0 })).toBeNull();
});

test('shortcuts split into caps and read as ARIA wants', () => {
  expect(keyCaps('Shift+R')).toEqual(['Shift', 'R']);
  expect(keyCaps('g q')).toEqual(['g', 'q']);
  expect(keyCaps('+')).toEqual(['+']);
  expect(keyCaps('Escape')).toEqual(['Esc']);
  expect(ariaKeys('Ctrl+K')).toBe('Control+K');
  expect(ariaKeys(undefined)).toBeUndefined();
});
