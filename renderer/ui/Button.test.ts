import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import Button from './Button.svelte';
import IconButton from './IconButton.svelte';
import { text } from './testing/text.ts';

test('a press is reported once, and not while busy', async () => {
  const onclick = vi.fn();
  const { rerender } = render(Button, { children: text('Save'), onclick });
  const button = screen.getByRole('button', { name: 'Save' });

  await fireEvent.click(button);
  expect(onclick).toHaveBeenCalledTimes(1);

  await rerender({ busy: true });
  await fireEvent.click(button);
  expect(onclick).toHaveBeenCalledTimes(1);
  expect(button).toHaveProperty('disabled', false);
  expect(button.getAttribute('aria-busy')).toBe('true');
  expect(screen.getByRole('button', { name: 'Save' })).toBe(button);
});

test('a busy submit button does not send its form', async () => {
  const form = document.createElement('form');
  document.body.append(form);
  const submitted = vi.fn((event: Event) => event.preventDefault());
  form.addEventListener('submit', submitted);
  const { rerender } = render(
    Button,
    { children: text('Send'), type: 'submit', busy: true },
    { baseElement: form },
  );

  screen.getByRole('button').click();
  expect(submitted).not.toHaveBeenCalled();

  await rerender({ busy: false });
  screen.getByRole('button').click();
  expect(submitted).toHaveBeenCalledTimes(1);
  form.remove();
});

test('the shortcut is a hint to the eye and an attribute to screen readers, never part of the name', () => {
  render(Button, { children: text('Search'), shortcut: 'Ctrl+K' });
  const button = screen.getByRole('button', { name: 'Search' });
  expect(button.getAttribute('aria-keyshortcuts')).toBe('Control+K');
  expect([...button.querySelectorAll('kbd')].map((cap) => cap.textContent)).toEqual(['Ctrl', 'K']);
});

test('with an address it is a link, and without one while disabled', async () => {
  const { rerender } = render(Button, { children: text('Docs'), href: '/docs' });
  expect(screen.getByRole('link', { name: 'Docs' }).getAttribute('href')).toBe('/docs');

  await rerender({ disabled: true });
  expect(screen.queryByRole('link')).toBeNull();
  expect(screen.getByRole('button', { name: 'Docs' })).toHaveProperty('disabled', true);
});

test('an icon button has its label for a name and passes presses on', async () => {
  const onclick = vi.fn();
  render(IconButton, { label: 'Star', children: text('*'), pressed: true, onclick });
  const button = screen.getByRole('button', { name: 'Star', pressed: true });
  await fireEvent.click(button);
  expect(onclick).toHaveBeenCalledTimes(1);
});
