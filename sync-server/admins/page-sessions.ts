/** Sessions of the account page: in the browser, short, by a cookie that is kept as its SHA-256. */
import type { FastifyRequest } from 'fastify';
import type { AdminIdentity } from '../../domain/wire/admin.ts';
import type { Config } from '../config/config.ts';
import { isoTime } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { readCookie } from './cookies.ts';
import { newCookieToken } from './guard.ts';
import type { SessionDeps } from './sessions.ts';
import { destinationSchema, type Destination } from './sign-in/attempts.ts';
import { tokenHash } from './tokens.ts';

const lifeMilliseconds = 30 * 60_000;

interface Opened {
  readonly adminId: string;
  /** Good for nothing but setting up a second factor. */
  readonly enrolling: boolean;
  readonly destination: Destination;
}

export interface PageSession {
  readonly admin: AdminIdentity;
  readonly enrolling: boolean;
  readonly destination: Destination;
  readonly challenge: string | null;
  /** What the cookie holds. */
  readonly token: string;
}

/** Returns what the cookie has to hold. */
export async function openPageSession(
  { db, clock }: SessionDeps,
  { adminId, enrolling, destination }: Opened,
): Promise<string> {
  const now = clock();
  const token = newCookieToken();
  await db.deleteFrom('adminPageSessions').where('expiresAt', '<', isoTime(now)).execute();
  await db
    .insertInto('adminPageSessions')
    .values({
      hash: tokenHash(token),
      adminId,
      enrolling,
      destination: destination && JSON.stringify(destination),
      challenge: null,
      createdAt: isoTime(now),
      expiresAt: isoTime(now + lifeMilliseconds),
    })
    .execute();
  return token;
}

/** Who is at the account page; null where nobody is signed in. */
export async function pageSessionOf(
  { db, clock, config }: SessionDeps & { readonly config: Pick<Config, 'cookieSecure'> },
  request: FastifyRequest,
): Promise<PageSession | null> {
  const token = readCookie(config, request, 'account');
  if (token === undefined) return null;
  const found = await db
    .selectFrom('adminPageSessions')
    .innerJoin('admins', 'admins.id', 'adminPageSessions.adminId')
    .innerJoin('adminSecrets', 'adminSecrets.adminId', 'admins.id')
    .select(['admins.id', 'admins.email', 'admins.name', 'admins.role', 'admins.productIds'])
    .select(['enrolling', 'destination', 'challenge'])
    .where('adminPageSessions.hash', '=', tokenHash(token))
    .where('expiresAt', '>', isoTime(clock()))
    .where('deactivatedAt', 'is', null)
    .executeTakeFirst();
  if (!found) return null;
  const { enrolling, destination, challenge, ...admin } = found;
  return { admin, enrolling, destination: destinationSchema.parse(destination), challenge, token };
}

/** Keeps the challenge that a new passkey has to answer; null once it was answered. */
export async function keepChallenge(db: Db, token: string, challenge: string | null): Promise<void> {
  await db.updateTable('adminPageSessions').set({ challenge }).where('hash', '=', tokenHash(token)).execute();
}

/** Ends an admin's other pages, and the codes that are on their way to a desk. */
export async function closeOtherPages(db: Db, { admin, token }: PageSession): Promise<void> {
  await db
    .deleteFrom('adminPageSessions')
    .where('adminId', '=', admin.id)
    .where('hash', '!=', tokenHash(token))
    .execute();
  await db.deleteFrom('adminCodes').where('adminId', '=', admin.id).execute();
}

export async function closePageSession(db: Db, token: string): Promise<void> {
  await db.deleteFrom('adminPageSessions').where('hash', '=', tokenHash(token)).execute();
}
