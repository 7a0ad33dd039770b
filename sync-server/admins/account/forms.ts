/** Forms of the account page: from whoever is signed in there, on that page, or not at all. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Deps } from '../../config/deps.ts';
import { guardPattern, ownOrigin, sameGuard } from '../guard.ts';
import { pageSessionOf, type PageSession } from '../page-sessions.ts';
import { pageHeaders } from '../page.ts';
import { pagePaths } from '../paths.ts';
import { noteFailure } from '../sign-in/failures.ts';
import type { SignInLimits } from '../sign-in/limits.ts';
import { tryPassword } from '../sign-in/password.ts';

export interface AccountDeps extends Deps {
  readonly limits: SignInLimits;
}

const guardSchema = z.object({ guard: z.string().regex(guardPattern) });
const passwordSchema = z.object({ password: z.string().min(1).max(512) });

/** A form that cannot be done, with what to say of it on the page. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/** Who sent this form. Throws `unauthenticated` without a session, `origin_refused` for another site's form. */
export async function senderOf(deps: AccountDeps, request: FastifyRequest): Promise<PageSession> {
  const session = await pageSessionOf(deps, request);
  if (!session) throw new GatehouseError('unauthenticated');
  const fields = guardSchema.safeParse(request.body);
  const own = fields.success && sameGuard(session.token, fields.data.guard);
  if (!own || !ownOrigin(request.headers, deps.config.publicUrl)) throw new GatehouseError('origin_refused');
  return session;
}

/** A session that must set up a second factor first may do nothing else. */
export function requireWhole({ enrolling }: PageSession): void {
  if (enrolling) throw new Refused(403, 'Set up a second factor first.');
}

/**
 * Asks for the password again before what a stranger at an open page must not do. Whoever is made to set up a second
 * factor has just given it.
 */
export async function requirePassword(
  { db, clock, limits }: AccountDeps,
  request: FastifyRequest,
  { admin, enrolling }: PageSession,
): Promise<void> {
  if (enrolling) return;
  const fields = passwordSchema.safeParse(request.body);
  if (!fields.success) throw new Refused(400, 'Enter your password.');
  if (!(await limits.password(admin.email, request.ip))) {
    throw new Refused(429, 'Too many tries. Wait a few minutes, then try again.');
  }
  const { adminId } = await tryPassword(db, admin.email, fields.data.password);
  if (adminId !== admin.id) {
    // Whoever came by an open page guesses here instead of at the sign-in.
    await noteFailure({ db, clock }, { account: admin.email, adminId: admin.id, step: 'password' });
    throw new Refused(401, 'That is not your password. Nothing was changed.');
  }
  await limits.proved(admin.email, request.ip);
}

/** The parsed fields, or what is wrong with them in words. */
export function fieldsOf<S extends z.ZodType>(schema: S, body: unknown, words: string): z.infer<S> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Refused(400, words);
  return parsed.data;
}

/** What was done, as the page tells it afterwards: words of ours, chosen by a key in the address. */
export const notices = {
  password: 'Your password is changed. All other sessions have ended.',
  'authenticator-off': 'Your authenticator is no longer asked for.',
  passkey: 'The passkey is ready to use.',
  'passkey-renamed': 'The passkey has its new name.',
  'passkey-removed': 'The passkey is removed. Remove it from your device, too.',
  device: 'The device is revoked. It is cut off now.',
  sessions: 'All other sessions have ended.',
} as const;
export type Notice = keyof typeof notices;

/** Back to the page, so that a reload repeats nothing. */
export function done(reply: FastifyReply, notice: Notice): FastifyReply {
  return pageHeaders(reply, null).redirect(`${pagePaths.account}?done=${notice}`, 303);
}
