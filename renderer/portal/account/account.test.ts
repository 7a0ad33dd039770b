import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import { createScene } from '../testing/scenes.ts';
import { open } from '../testing/open.ts';
import CheckMail from './CheckMail.svelte';
import ForgotPassword from './ForgotPassword.svelte';
import ResetPassword from './ResetPassword.svelte';
import SignIn from './SignIn.svelte';
import SignUp from './SignUp.svelte';
import VerifyEmail from './VerifyEmail.svelte';

const type = (label: string, value: string) =>
  fireEvent.input(screen.getByLabelText(label), { target: { value } });
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

beforeEach(() => window.sessionStorage.clear());

describe('signing up', () => {
  it('says what is missing, puts the focus there and sends nothing', async () => {
    const server = createScene('out');
    await open(server, SignUp);
    await type('E-mail', 'nobody');
    await type('Password', 'short');
    await press('Sign up');
    expect(screen.getByText(/Enter your name/)).toBeTruthy();
    expect(screen.getByText(/does not look like an e-mail address/)).toBeTruthy();
    expect(screen.getByText('Use at least 8 characters.')).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Full name')));
    expect(server.log).not.toContain('POST /api/v2/developer');
  });

  it('leads to the mailbox, whether the address was known or not', async () => {
    for (const email of ['new@cirrus.example', 'mira@nimbus.example']) {
      const server = createScene('out');
      const { went } = await open(server, SignUp);
      await type('Full name', 'Ada');
      await type('E-mail', email);
      await type('Password', 'a long enough secret');
      await press('Sign up');
      await waitFor(() => expect(went).toEqual(['/check-mail']));
      document.body.replaceChildren();
    }
  });

  it('shows the server’s word about the password at the password', async () => {
    await open(createScene('out'), SignUp);
    await type('Full name', 'Ada');
    await type('E-mail', 'new@cirrus.example');
    await type('Password', 'password1');
    await press('Sign up');
    await waitFor(() => expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByText(/too short or too common/)).toBeTruthy();
  });

  it('keeps the address out of the page’s own address', async () => {
    window.sessionStorage.setItem('gatehouse.mailbox', 'ada@cirrus.example');
    await open(createScene('out'), CheckMail);
    expect(screen.getByText('ada@cirrus.example')).toBeTruthy();
    expect(window.location.search).toBe('');
  });
});

describe('confirming an address', () => {
  it('waits for a press, so that a mail scanner does not use the link up', async () => {
    const server = createScene('out');
    await server.fetch('/api/v2/developer', {
      method: 'POST',
      body: JSON.stringify({ full_name: 'Ada', email: 'ada@cirrus.example', password: 'a long secret' }),
    });
    const token = [...server.world.links.keys()][0] ?? '';
    await open(server, VerifyEmail, { query: { token } });
    expect(server.log).not.toContain('POST /api/v2/developer/verify-email');
    await press('Confirm my address');
    expect(await screen.findByRole('heading', { name: 'Your address is confirmed' })).toBeTruthy();
    expect(server.world.accounts.at(-1)?.state).toBe('pending');
  });

  it('offers a new link where this one is used up', async () => {
    await open(createScene('out'), VerifyEmail, { query: { token: 'used' } });
    await press('Confirm my address');
    const link = await screen.findByRole('link', { name: 'Get a new link' });
    expect(link.getAttribute('href')).toBe('/forgot-password');
  });
});

describe('signing in', () => {
  it('leads back to where one was', async () => {
    const { went, portal } = await open(createScene('out'), SignIn, { query: { back: '/applications/7' } });
    await type('E-mail', 'mira@nimbus.example');
    await type('Password', 'correct horse battery');
    await press('Sign in');
    await waitFor(() => expect(went).toEqual(['/applications/7']));
    expect(portal.session.developer?.full_name).toBe('Mira Holm');
  });

  it('never leads to another site', async () => {
    const { went } = await open(createScene('out'), SignIn, { query: { back: '//evil.example' } });
    await type('E-mail', 'mira@nimbus.example');
    await type('Password', 'correct horse battery');
    await press('Sign in');
    await waitFor(() => expect(went).toEqual(['/']));
  });

  it('says the same of an unknown address and a wrong password', async () => {
    const said: (string | null)[] = [];
    for (const email of ['mira@nimbus.example', 'nobody@nowhere.example']) {
      await open(createScene('out'), SignIn);
      await type('E-mail', email);
      await type('Password', 'not the password');
      await press('Sign in');
      said.push((await screen.findByRole('alert')).textContent);
      document.body.replaceChildren();
    }
    expect(said[0]).toContain('or the account cannot sign in yet');
    expect(said[0]).toBe(said[1]);
  });

  it('tells who knows the password that the account waits', async () => {
    const server = createScene('out');
    const [mira] = server.world.accounts;
    if (mira) mira.state = 'pending';
    await open(server, SignIn);
    await type('E-mail', 'mira@nimbus.example');
    await type('Password', 'correct horse battery');
    await press('Sign in');
    expect((await screen.findByRole('alert')).textContent).toContain('approved by an admin');
  });
});

describe('a forgotten password', () => {
  it('is mailed a link, and nobody learns whether the address is known', async () => {
    const server = createScene('out');
    await open(server, ForgotPassword);
    await type('E-mail', 'nobody@nowhere.example');
    await press('Send the link');
    await screen.findByRole('heading', { name: 'Check your mail' });
    expect(document.body.textContent).toMatch(/If nobody@nowhere\.example has an account/);
    expect(server.world.links.size).toBe(0);
  });

  it('is replaced, and the way in is the sign-in', async () => {
    const server = createScene('out');
    const account = server.world.accounts[0]?.id ?? '';
    server.world.links.set('token', { account, use: 'reset' });
    const { went } = await open(server, ResetPassword, { query: { token: 'token' } });
    await type('New password', 'an even better one');
    await press('Set password');
    await waitFor(() => expect(went).toEqual(['/sign-in']));
    expect(server.world.accounts[0]?.password).toBe('an even better one');
  });

  it('with a link that is used up asks for a new one', async () => {
    await open(createScene('out'), ResetPassword, { query: { token: 'gone' } });
    await type('New password', 'an even better one');
    await press('Set password');
    expect(await screen.findByRole('heading', { name: 'This link does not work' })).toBeTruthy();
  });
});
