/** Sign-up, confirmation, sessions and passwords of the portal in memory. */
import { empty, Refusal, signedIn, textOf, type Route, type Session } from './route.ts';
import { nextId, stamp, type Account, type World } from './world.ts';

export function accountRoutes(world: World, session: Session): Route[] {
  const byEmail = (email: string): Account | undefined =>
    world.accounts.find((account) => account.email.toLowerCase() === email.toLowerCase());

  function link(account: Account, use: 'verify' | 'reset'): void {
    world.links.set(crypto.randomUUID(), { account: account.id, use });
  }

  function take(token: string, use: 'verify' | 'reset'): Account {
    const found = world.links.get(token);
    const account = world.accounts.find(({ id }) => id === found?.account);
    if (!account || found?.use !== use) throw new Refusal('link_used');
    world.links.delete(token);
    return account;
  }

  function requireGood(password: string): void {
    const reason = 'is too short or too common';
    if (password.length < 8 || password === 'password1') {
      throw new Refusal('password_weak', [{ field: 'password', reason }]);
    }
  }

  return [
    ['GET', /^\/api\/gatehouse\/v1\/portal$/, () => world.portal],
    [
      'POST',
      /^\/api\/v2\/developer$/,
      ({ body }) => {
        requireGood(textOf(body, 'password'));
        const email = textOf(body, 'email');
        if (byEmail(email)) return empty(201);
        const account: Account = {
          id: nextId(),
          email,
          name: textOf(body, 'full_name'),
          password: textOf(body, 'password'),
          state: 'unverified',
        };
        world.accounts.push(account);
        link(account, 'verify');
        return empty(201);
      },
    ],
    [
      'POST',
      /^\/api\/v2\/developer\/verify-email$/,
      ({ body }) => {
        const account = take(textOf(body, 'token'), 'verify');
        account.state = world.autoApprove.developers ? 'approved' : 'pending';
        return { email: account.email };
      },
    ],
    [
      'POST',
      /^\/api\/v2\/developer\/authenticate$/,
      ({ body }) => {
        const account = byEmail(textOf(body, 'username'));
        if (!account || account.password !== textOf(body, 'password')) throw new Refusal('credentials_wrong');
        if (account.state !== 'approved') throw new Refusal('approval_required');
        session.account = account;
        session.fresh = true;
        return empty(204);
      },
    ],
    [
      'POST',
      /^\/api\/v2\/developer\/refresh$/,
      () => {
        if (session.account?.state !== 'approved') throw new Refusal('token_expired');
        session.fresh = true;
        return empty(204);
      },
    ],
    [
      'POST',
      /^\/api\/v2\/developer\/logout$/,
      () => {
        session.account = null;
        return empty(204);
      },
    ],
    [
      'POST',
      /^\/api\/v2\/developer\/forgot-password$/,
      ({ body }) => {
        const account = byEmail(textOf(body, 'email'));
        if (account) link(account, account.state === 'unverified' ? 'verify' : 'reset');
        return empty(200);
      },
    ],
    [
      'POST',
      /^\/api\/v2\/developer\/reset-password$/,
      ({ body }) => {
        const password = textOf(body, 'password');
        requireGood(password);
        take(textOf(body, 'token'), 'reset').password = password;
        return empty(204);
      },
    ],
    [
      'GET',
      /^\/api\/v2\/developer\/me$/,
      (asked) => {
        const { id, email, name } = signedIn(asked);
        return { id, email, full_name: name, created_at: stamp(world.now), updated_at: stamp(world.now) };
      },
    ],
  ];
}
