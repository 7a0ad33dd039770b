/** One attempt to get in, or to stay: what it is, whether it has to succeed, and whether it did. */
import type { TestBrowser } from '../../../../sync-server/admins/testing-browser.ts';
import {
  beginAuthenticator,
  confirmAuthenticator,
} from '../../../../sync-server/admins/factors/authenticator.ts';
import { codeAt, stepAt } from '../../../../sync-server/admins/factors/totp.ts';
import { renewRecoveryCodes } from '../../../../sync-server/admins/factors/recovery.ts';
import { password, type Scene } from '../../../rights/scene.ts';

export interface Attempt {
  readonly what: string;
  /** Whether it is somebody's right. */
  readonly right: boolean;
  /** Whether it was let through. From an address of its own, so that no limit of another one is met. */
  readonly try: (scene: Scene, from: string) => Promise<boolean>;
}

export const wrong = (what: string, attempt: Attempt['try']): Attempt => ({
  what,
  right: false,
  try: attempt,
});
export const right = (what: string, attempt: Attempt['try']): Attempt => ({
  what,
  right: true,
  try: attempt,
});

export type Person = Awaited<ReturnType<Scene['addAdmin']>>;

/** With the right password; what follows is the second step, where there is one. */
export async function afterPassword(
  { browser }: Scene,
  from: string,
  { email }: Person,
): Promise<TestBrowser> {
  const page = browser(from);
  await page.get('/admin/sign-in');
  await page.submit('/admin/sign-in', { email, password });
  return page;
}

export interface WithAuthenticator {
  readonly person: Person;
  /** The code of so many steps from now. */
  readonly code: (steps: number) => string;
  readonly recovery: readonly string[];
}

export async function withAuthenticator(scene: Scene): Promise<WithAuthenticator> {
  const { addAdmin, whole, clock } = scene;
  const { db, sealer, commit } = whole.server.deps;
  const person = await addAdmin();
  const deps = { db, sealer, clock };
  const secret = await beginAuthenticator(deps, person.id);
  const recovery = await commit(async (change) => {
    await confirmAuthenticator(change, deps, person.id, codeAt(secret, stepAt(clock())));
    return renewRecoveryCodes(change, person.id);
  });
  // That code is used up; the next ones are not.
  scene.advance(3 * 30_000);
  return { person, recovery, code: (steps) => codeAt(secret, stepAt(clock()) + steps) };
}

/** Whether the code leads on. */
export async function enter(page: TestBrowser, code: string): Promise<boolean> {
  return (await page.submit('/admin/sign-in/code', { code })).status === 303;
}

/** Whether the answer to this page's challenge leads on. */
export async function present(page: TestBrowser, answer: (challenge: string) => string): Promise<boolean> {
  const form = page.fields();
  const { body } = await page.submit('/admin/sign-in/passkey-options');
  const challenge = /"challenge":"([^"]+)"/.exec(body)?.[1] ?? '';
  const fields = { ...form, passkey: answer(challenge) };
  return (await page.submit('/admin/sign-in/passkey', fields)).status === 303;
}
