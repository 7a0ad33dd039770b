import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commands } from './commands.ts';
import { layOut, mountApp, press } from './testing/mount.ts';

beforeEach(layOut);
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const grid = (): HTMLElement => screen.getByRole('grid', { name: 'Requests' });
const rows = (): HTMLElement[] => within(grid()).getAllByRole('row');
const names = (): (string | null)[] => rows().map((row) => row.getAttribute('aria-label'));
const activeName = (): string | null | undefined =>
  document.getElementById(grid().getAttribute('aria-activedescendant') ?? '')?.getAttribute('aria-label');
const details = (): HTMLElement => screen.getByRole('region', { name: 'Details' });
const sync = (): string => screen.getByRole('status', { name: 'Sync status' }).textContent.trim();
const heading = (name: string): Promise<HTMLElement> =>
  within(details()).findByRole('heading', { name, level: 2 });

/** Moves to the first row and waits for its details. */
async function first(): Promise<string> {
  const [name] = names();
  if (!name) throw new Error('the list is empty');
  press('j');
  await heading(name);
  return name;
}

describe('one decision', () => {
  it('is recorded by a key, marked on its row, and the focus goes on', async () => {
    const { desk } = await mountApp();
    const name = await first();
    const next = names()[1] ?? '';
    press('a');

    expect(await screen.findByText(`Approve ${name}: recorded`)).toBeTruthy();
    await waitFor(() => expect(activeName()).toBe(next));
    expect(within(screen.getByRole('row', { name })).getByText('Approve · held')).toBeTruthy();
    expect(document.activeElement).toBe(grid());
    expect(desk.calls.filter(({ call }) => call === 'decide')).toHaveLength(1);
  });

  it('is taken back by z, without a question', async () => {
    await mountApp();
    const name = await first();
    press('a');
    await screen.findByRole('button', { name: 'Undo approve (1)' });
    press('z');
    expect(await screen.findByText('Approve undone for 1')).toBeTruthy();
    await waitFor(() => expect(within(screen.getByRole('row', { name })).queryByText(/held/)).toBeNull());
  });

  it('to reject wants a reason, and sends the one that is given', async () => {
    const { desk } = await mountApp();
    const name = await first();
    press('r');
    const dialog = await screen.findByRole('dialog', { name: `Reject ${name}` });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Reject' }));
    expect(within(dialog).getByText(/Say why/)).toBeTruthy();
    expect(desk.calls.some(({ call }) => call === 'decide')).toBe(false);

    await fireEvent.click(within(dialog).getByRole('button', { name: 'Purpose unclear' }));
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Reject' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const decided = desk.calls.find(({ call }) => call === 'decide')?.input;
    expect(decided).toMatchObject({
      action: 'reject',
      reason: expect.stringContaining('describe') as string,
    });
  });

  it('that fails says what happened and what to do, and keeps the row', async () => {
    const { desk } = await mountApp();
    const name = await first();
    desk.failNext('decide', 'disk_full');
    press('a');
    expect(await screen.findByText(/The disk is full.*Free some space/)).toBeTruthy();
    expect(activeName()).toBe(name);
  });

  it('is not offered to a viewer', async () => {
    const { desk } = await mountApp({ role: 'viewer' });
    await first();
    press('a');
    expect(within(details()).queryByRole('button', { name: 'Approve' })).toBeNull();
    expect(desk.calls.some(({ call }) => call === 'decide')).toBe(false);
  });
});

describe('many decisions', () => {
  it('go to what is ticked, and the answer is counted', async () => {
    const { desk } = await mountApp();
    await first();
    press('x');
    press('ArrowDown', { shiftKey: true });
    press('ArrowDown', { shiftKey: true });
    expect(await screen.findByText('3 selected')).toBeTruthy();
    press('a');
    expect(await screen.findByText('Approve 3: 3 recorded')).toBeTruthy();
    expect(desk.calls.find(({ call }) => call === 'decide')?.input).toMatchObject({ targets: { length: 3 } });
    await waitFor(() => expect(screen.queryByText(/selected$/)).toBeNull());
  });

  it('state what “all” means before it is chosen', async () => {
    await mountApp({ size: 10 });
    await fireEvent.click(await screen.findByRole('button', { name: 'Select all 21 pending requests' }));
    expect(await screen.findByText('All 21 selected')).toBeTruthy();
    expect(rows().every((row) => row.getAttribute('aria-selected') === 'true')).toBe(true);
  });

  it('wait for all to be ticked, however fast the next key comes', async () => {
    const { desk } = await mountApp({ size: 10, latency: 20 });
    await first();
    grid().focus();
    press('a', { ctrlKey: true });
    press('a');
    expect(await screen.findByText('Approve 21: 21 recorded')).toBeTruthy();
    expect(desk.calls.filter(({ call }) => call === 'decide')).toHaveLength(1);
  });

  it('that take away are confirmed by Ctrl+Enter, and send no half of a reason', async () => {
    const { desk } = await mountApp({ size: 30 });
    window.location.hash = '#/records/registration';
    await fireEvent.click(await screen.findByRole('button', { name: 'Select all 30 registrations' }));
    await screen.findByText('All 30 selected');
    press('R', { shiftKey: true });
    const dialog = await screen.findByRole('dialog', { name: 'Revoke 30 registrations' });
    const field = within(dialog).getByRole('textbox', { name: /^Reason/ });
    await fireEvent.input(field, { target: { value: 'x'.repeat(5_000) } });
    await fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true });
    expect(await within(dialog).findByText(/5,000 characters; 2,000 can be kept/)).toBeTruthy();
    expect(document.activeElement).toBe(field);
    expect(desk.calls.some(({ call }) => call === 'decide')).toBe(false);

    await fireEvent.input(field, { target: { value: 'The contract ended.' } });
    await fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(desk.calls.find(({ call }) => call === 'decide')?.input).toMatchObject({
      reason: 'The contract ended.',
    });
  });

  it('that take away show first what they will do', async () => {
    const { desk } = await mountApp({ size: 30 });
    window.location.hash = '#/records/registration';
    await fireEvent.click(await screen.findByRole('button', { name: 'Select all 30 registrations' }));
    await screen.findByText('All 30 selected');
    press('R', { shiftKey: true });
    const dialog = await screen.findByRole('dialog', { name: 'Revoke 30 registrations' });
    const revocable = /(\d+) will be revoked/.exec(dialog.textContent)?.[1] ?? '';
    await fireEvent.click(within(dialog).getByRole('button', { name: `Revoke ${revocable}` }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(desk.calls.find(({ call }) => call === 'decide')?.input).toMatchObject({
      action: 'revoke',
      reason: null,
    });
  });
});

describe('the list', () => {
  it('narrows as one types, and letters are letters there', async () => {
    const { desk } = await mountApp({ size: 20 });
    press('/');
    const box = screen.getByRole('searchbox', { name: 'Search requests' });
    expect(document.activeElement).toBe(box);
    press('a');
    await fireEvent.input(box, { target: { value: 'kestrel' } });
    await waitFor(() =>
      expect(
        names().every((name) => /kestrel|holm|okafor|tan|fischer|rao|marin|haddad/i.test(name ?? '')),
      ).toBe(true),
    );
    await waitFor(() => expect(desk.calls.at(-1)?.input).toMatchObject({ filter: { search: 'kestrel' } }));
    expect(desk.calls.some(({ call }) => call === 'decide')).toBe(false);
  });

  it('takes in what arrives without moving what one is at', async () => {
    const { desk } = await mountApp();
    const name = await first();
    desk.arrive('Newcomer');
    await screen.findByRole('row', { name: 'Newcomer' });
    expect(activeName()).toBe(name);
  });

  it('keeps showing a request that somebody else decided meanwhile', async () => {
    const { desk, admin } = await mountApp();
    const name = await first();
    const waiting = Number(grid().getAttribute('aria-rowcount'));
    await desk.invoke('decide', { action: 'approve', targets: [...admin.browser.targets()], reason: null });
    desk.deliver();
    await waitFor(() => expect(grid().getAttribute('aria-rowcount')).toBe(String(waiting - 1)));
    expect(activeName()).toBeUndefined();
    expect(await heading(name)).toBeTruthy();
    await waitFor(() => expect(within(details()).queryByRole('button', { name: 'Approve' })).toBeNull());
    expect(within(details()).getByRole('button', { name: 'Revoke…' })).toBeTruthy();
  });

  it('says what will appear where there is nothing', async () => {
    await mountApp({ size: 0 });
    expect(await screen.findByText('Nothing is waiting')).toBeTruthy();
  });
});

describe('the frame', () => {
  it('treats offline as normal: said quietly, everything stays possible', async () => {
    const { desk } = await mountApp();
    await first();
    desk.setOnline(false);
    await waitFor(() => expect(sync()).toBe('Offline (0 pending)'));
    expect(screen.queryByRole('alert')?.textContent.trim() ?? '').toBe('');
    press('a');
    await waitFor(() => expect(sync()).toBe('Offline (1 pending)'));
  });

  it('says what is to be done where the desk and the server do not fit', async () => {
    const { desk } = await mountApp();
    desk.setOnline(false, 'desk_outdated');
    expect(await screen.findByText(/older than the server/)).toBeTruthy();
    expect(screen.getByText(/Update the desk/)).toBeTruthy();
    desk.setOnline(true);
    await waitFor(() => expect(screen.queryByText(/older than the server/)).toBeNull());
  });

  it('shows who decided otherwise, when and why, and takes the answer', async () => {
    const { desk } = await mountApp({ superseded: 2 });
    press('g');
    press('n');
    const cards = await screen.findByRole('list', { name: 'Superseded decisions' });
    const [card, other] = within(cards).getAllByRole('article');
    if (!card || !other) throw new Error('no card');
    expect(card.textContent).toMatch(/Dana Reyes\s+rejected it/);
    expect(card.textContent).toContain('The company is on hold with Legal.');
    await fireEvent.click(within(card).getByRole('button', { name: 'Accept theirs' }));
    await waitFor(() => expect(within(cards).getAllByRole('article')).toHaveLength(1));
    expect(desk.calls.find(({ call }) => call === 'attention.resolve')?.input).toMatchObject({
      choice: 'accept',
    });
    expect(document.activeElement).toBe(other);
    await fireEvent.click(within(other).getByRole('button', { name: 'Ask again' }));
    await waitFor(() => expect(within(cards).queryByRole('article')).toBeNull());
    expect(document.activeElement).toBe(cards.parentElement);
  });

  it('lists what has not been answered in the outbox', async () => {
    await mountApp();
    const name = await first();
    press('a');
    press('g');
    press('o');
    const table = await screen.findByRole('table', { name: 'Outbox' });
    await waitFor(() => expect(table.textContent).toContain(name));
    expect(table.textContent).toContain('Approve · held');
  });

  it('explains every key that works, from the table that makes it work', async () => {
    await mountApp();
    press('?');
    const help = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
    const bound = commands.filter(({ keys }) => keys.length > 0);
    const listed = within(help)
      .getAllByRole('term')
      .map((term) => term.textContent);
    expect(listed.toSorted()).toEqual(bound.map(({ title }) => title).toSorted());
  });

  it('runs a command from the palette', async () => {
    await mountApp();
    press('k', { ctrlKey: true });
    const box = await screen.findByRole('combobox', { name: 'Command or name' });
    await fireEvent.input(box, { target: { value: 'go outbox' } });
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(await screen.findByRole('heading', { name: 'Outbox', level: 1 })).toBeTruthy();
    expect(screen.queryByRole('combobox', { name: 'Command or name' })).toBeNull();
  });

  it('signs in through the browser, and says when the session will not last', async () => {
    await mountApp({ signedIn: false, secrets: 'memory' });
    expect(await screen.findByText('portal.gatehouse.example')).toBeTruthy();
    expect(screen.getByText(/keeps the session in\s+memory only/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('grid', { name: 'Requests' })).toBeTruthy();
  });

  it('shows the way to the sign-in page for as long as it leads there', async () => {
    const { desk } = await mountApp({ opens: false });
    desk.setEnded(true);
    await fireEvent.click(await screen.findByRole('button', { name: 'Sign in again' }));
    expect(await screen.findByText('No browser could be opened.')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Sign in again' }));
    await waitFor(() => expect(screen.getAllByText('No browser could be opened.')).toHaveLength(1));

    desk.setEnded(false);
    await waitFor(() => expect(screen.queryByText('No browser could be opened.')).toBeNull());
  });

  it('leads to the account page in the browser, or says where it is', async () => {
    await mountApp({ opens: false });
    press('k', { ctrlKey: true });
    const box = await screen.findByRole('combobox', { name: 'Command or name' });
    await fireEvent.input(box, { target: { value: 'your account' } });
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(await screen.findByRole('button', { name: 'Open your account here' })).toBeTruthy();
  });

  it('says what to do without the launch token', async () => {
    await mountApp({}, 'no-token');
    expect(screen.getByText('This page has lost its key to the desk')).toBeTruthy();
    expect(screen.getByText(/Open the address that the desk printed/)).toBeTruthy();
  });
});
