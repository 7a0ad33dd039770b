import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import Checkbox from './Checkbox.svelte';
import Combobox from './Combobox.svelte';
import PasswordField from './PasswordField.svelte';
import RadioGroup from './RadioGroup.svelte';
import SearchField from './SearchField.svelte';
import Select from './Select.svelte';
import Switch from './Switch.svelte';
import TextArea from './TextArea.svelte';
import TextField from './TextField.svelte';

/** What a screen reader adds to the field's name. */
function description(element: Element): string {
  const ids = element.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent.trim()).join(' | ');
}

const options = [
  { value: 'a', label: 'Aarhus' },
  { value: 'b', label: 'Bergen' },
  { value: 'o', label: 'Oslo', disabled: true },
];

describe('what every field is told', () => {
  const shared = { label: 'Name', hint: 'As on the contract.', error: 'Too long.' };

  test.each([
    ['TextField', () => render(TextField, shared), 'textbox'],
    ['TextArea', () => render(TextArea, shared), 'textbox'],
    ['Select', () => render(Select, { ...shared, options }), 'combobox'],
    ['Combobox', () => render(Combobox, { ...shared, options }), 'combobox'],
  ] as const)(
    '%s has its label for a name and its error, then its hint, for a description',
    (_, draw, role) => {
      draw();
      const field = screen.getByRole(role, { name: 'Name' });
      expect(description(field)).toBe('Too long. | As on the contract.');
      expect(field.getAttribute('aria-invalid')).toBe('true');
    },
  );

  test('PasswordField too, though it has no role', () => {
    render(PasswordField, { ...shared, autocomplete: 'new-password' });
    expect(description(screen.getByLabelText('Name'))).toBe('Too long. | As on the contract.');
  });

  test('an error that goes leaves no trace, and one that comes is read out', async () => {
    const { rerender } = render(TextField, { label: 'Name', error: undefined });
    const field = screen.getByRole('textbox');
    expect(field.hasAttribute('aria-invalid')).toBe(false);
    expect(field.hasAttribute('aria-describedby')).toBe(false);

    const region = document.querySelector('[aria-live="polite"]');
    await rerender({ error: 'Missing.' });
    expect(region?.textContent).toContain('Missing.');
    await rerender({ error: undefined });
    expect(region?.textContent.trim()).toBe('');
  });

  test('a hidden label still names the field', () => {
    render(TextField, { label: 'Filter', hideLabel: true });
    expect(screen.getByRole('textbox', { name: 'Filter' })).toBeTruthy();
  });

  test('two fields with one label do not share an id', () => {
    render(TextField, { label: 'Name' });
    render(TextField, { label: 'Name' });
    const [one, other] = screen.getAllByRole('textbox', { name: 'Name' });
    expect(one?.id).not.toBe(other?.id);
  });
});

test('other attributes reach the input', () => {
  render(TextField, {
    label: 'E-mail',
    type: 'email',
    autocomplete: 'email',
    maxlength: 254,
    required: true,
  });
  const input = screen.getByRole('textbox', { name: 'E-mail' });
  expect(input.getAttribute('autocomplete')).toBe('email');
  expect(input.getAttribute('maxlength')).toBe('254');
  expect(input).toHaveProperty('required', true);
});

test('a password shows on demand and keeps its text', async () => {
  render(PasswordField, { label: 'Password', autocomplete: 'current-password', value: 'secret' });
  const input = screen.getByLabelText('Password');
  const button = screen.getByRole('button', { name: 'Show password', pressed: false });
  expect(input.getAttribute('type')).toBe('password');

  await fireEvent.click(button);
  expect(input.getAttribute('type')).toBe('text');
  expect(input).toHaveProperty('value', 'secret');
  expect(button.getAttribute('aria-pressed')).toBe('true');
});

test('a select offers its options and starts at its placeholder', async () => {
  render(Select, { label: 'City', options, placeholder: 'Any city' });
  const select = screen.getByRole('combobox', { name: 'City' });
  expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([
    'Any city',
    'Aarhus',
    'Bergen',
    'Oslo',
  ]);
  expect(select).toHaveProperty('value', '');
  await fireEvent.change(select, { target: { value: 'b' } });
  expect(select).toHaveProperty('value', 'b');
});

test('checkbox and switch are named, described and pressed', async () => {
  render(Checkbox, { label: 'I agree', hint: 'To the terms.', error: 'Needed.' });
  render(Switch, { label: 'Open', hint: 'At once.' });
  const box = screen.getByRole('checkbox', { name: 'I agree' });
  const toggle = screen.getByRole('switch', { name: 'Open' });
  expect(description(box)).toBe('Needed. | To the terms.');
  expect(description(toggle)).toBe('At once.');
  await fireEvent.click(box);
  await fireEvent.click(toggle);
  expect(box).toHaveProperty('checked', true);
  expect(toggle).toHaveProperty('checked', true);
});

test('a radio group has its label, and each choice its own hint', async () => {
  render(RadioGroup, {
    label: 'Old key ends',
    options: [
      { value: 'now', label: 'At once', hint: 'Calls stop.' },
      { value: 'day', label: 'After a day' },
    ],
    value: 'now',
  });
  expect(screen.getByRole('group', { name: 'Old key ends' })).toBeTruthy();
  expect(screen.getByRole('radio', { name: /At once/ })).toHaveProperty('checked', true);
  await fireEvent.click(screen.getByRole('radio', { name: 'After a day' }));
  expect(screen.getByRole('radio', { name: /At once/ })).toHaveProperty('checked', false);
});

test('search reports typing and Enter; Escape empties first and leaves second', async () => {
  const oninput = vi.fn();
  const onsubmit = vi.fn();
  const outside = vi.fn();
  document.addEventListener('keydown', outside);
  render(SearchField, { label: 'Search rows', shortcut: '/', oninput, onsubmit });
  const field = screen.getByRole('searchbox', { name: 'Search rows' });

  field.focus();
  await fireEvent.input(field, { target: { value: 'nim' } });
  expect(oninput).toHaveBeenLastCalledWith('nim');
  await fireEvent.keyDown(field, { key: 'Enter' });
  expect(onsubmit).toHaveBeenCalledWith('nim');
  outside.mockClear();

  await fireEvent.keyDown(field, { key: 'Escape' });
  expect(field).toHaveProperty('value', '');
  expect(oninput).toHaveBeenLastCalledWith('');
  expect(document.activeElement).toBe(field);

  await fireEvent.keyDown(field, { key: 'Escape' });
  expect(document.activeElement).not.toBe(field);
  expect(outside).not.toHaveBeenCalled();
  document.removeEventListener('keydown', outside);
});

test('clearing a search keeps the caret in it', async () => {
  render(SearchField, { label: 'Search rows', value: 'abc' });
  await fireEvent.click(screen.getByRole('button', { name: 'Clear search' }));
  expect(screen.getByRole('searchbox')).toHaveProperty('value', '');
  expect(document.activeElement).toBe(screen.getByRole('searchbox'));
});

test('a combobox narrows to what is typed and says when nothing matches', async () => {
  render(Combobox, { label: 'City', options });
  const input = screen.getByRole('combobox', { name: 'City' });
  input.focus();
  await fireEvent.input(input, { target: { value: 'ber' } });
  expect(await screen.findByText('Bergen')).toBeTruthy();
  expect(screen.queryByText('Aarhus')).toBeNull();
  await fireEvent.keyDown(input, { key: 'ArrowDown' });
  await fireEvent.keyDown(input, { key: 'Enter' });
  await waitFor(() => expect(input).toHaveProperty('value', 'Bergen'));

  await fireEvent.input(input, { target: { value: 'zzz' } });
  expect(await screen.findByText(/Nothing matches/)).toBeTruthy();
});
