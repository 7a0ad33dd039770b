import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import ConfirmDialog from './ConfirmDialog.svelte';
import MenuAndDialog from './testing/MenuAndDialog.svelte';

const settled = (check: () => void) => waitFor(check, { timeout: 3000 });

async function openMenu(): Promise<HTMLElement> {
  const trigger = screen.getByRole('button', { name: 'More' });
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: 'Enter' });
  await settled(() => expect(entry('Rename…')).toBeTruthy());
  return trigger;
}

/** By its words: jsdom lays nothing out, so the positioner takes the button for out of sight and hides the menu. */
function entry(name: string): HTMLElement {
  const item = screen.getByText(name).closest<HTMLElement>('[role=menuitem]');
  if (!item) throw new Error(`no menu entry ${name}`);
  return item;
}

async function choose(name: string): Promise<void> {
  const item = entry(name);
  item.focus();
  await fireEvent.keyDown(item, { key: 'Enter' });
}

test('a menu opens by key on its first entry, moves by arrows and closes by Escape onto its button', async () => {
  render(MenuAndDialog);
  const trigger = await openMenu();
  await settled(() => expect(document.activeElement?.textContent).toContain('Rename'));
  await fireEvent.keyDown(entry('Rename…'), { key: 'ArrowDown' });
  await settled(() => expect(document.activeElement?.textContent).toContain('Archive'));
  await fireEvent.keyDown(entry('Archive'), { key: 'Escape' });
  await settled(() => {
    expect(screen.queryByRole('menu', { hidden: true })).toBeNull();
    expect(document.activeElement).toBe(trigger);
  });
});

test('an entry acts once, after the menu is gone; a disabled one does not', async () => {
  const menusLeft: number[] = [];
  const onarchive = vi.fn(() => menusLeft.push(screen.queryAllByRole('menu', { hidden: true }).length));
  render(MenuAndDialog, { onarchive });
  await openMenu();
  await choose('Delete');
  expect(onarchive).not.toHaveBeenCalled();
  await choose('Archive');
  await settled(() => expect(menusLeft).toEqual([0]));
});

test('a dialog opened from a menu takes the focus, and leaves the page alive with the focus on the button', async () => {
  render(MenuAndDialog);
  const trigger = await openMenu();
  await choose('Rename…');

  const dialog = await screen.findByRole('dialog', { name: 'Rename' });
  await settled(() => expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Name' })));
  expect(screen.queryByRole('menu', { hidden: true })).toBeNull();

  await fireEvent.keyDown(dialog, { key: 'Escape' });
  await settled(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toBe(trigger);
    expect(document.body.style.pointerEvents).not.toBe('none');
    expect(document.body.style.overflow).not.toBe('hidden');
  });
});

test('a dialog says what it is about and has two focusable elements even when nothing is given', async () => {
  render(MenuAndDialog, { plain: true });
  await openMenu();
  await choose('Rename…');
  const dialog = await screen.findByRole('dialog', { name: 'Rename' });
  const described = dialog.getAttribute('aria-describedby') ?? '';
  expect(document.getElementById(described)?.textContent).toBe('The name shows at once.');
  expect(dialog.getAttribute('aria-modal')).toBe('true');
  expect(screen.getAllByRole('button', { name: 'Close' })).toHaveLength(2);
});

test('a locked dialog stays', async () => {
  render(MenuAndDialog, { locked: true });
  await openMenu();
  await choose('Rename…');
  const dialog = await screen.findByRole('dialog');
  await fireEvent.keyDown(dialog, { key: 'Escape' });
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(screen.getByRole('dialog')).toBe(dialog);
});

test('a question starts on the safe answer and reports the other', async () => {
  const onconfirm = vi.fn();
  const oncancel = vi.fn();
  render(ConfirmDialog, {
    open: true,
    title: 'Delete this key?',
    confirm: 'Delete key',
    danger: true,
    onconfirm,
    oncancel,
  });
  await settled(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Cancel' })));
  await fireEvent.click(screen.getByRole('button', { name: 'Delete key' }));
  expect(onconfirm).toHaveBeenCalledTimes(1);
  expect(screen.getByRole('dialog')).toBeTruthy();
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await settled(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(oncancel).toHaveBeenCalledTimes(1);
});
