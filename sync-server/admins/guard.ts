/**
 * Keeps other sites from sending forms in an admin's name: a form must come from this server's own page, which the
 * browser's Origin header tells, and hold what can only be told from the browser's cookie.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a cookie holds. 256 bits. */
export function newCookieToken(): string {
  return randomBytes(32).toString('base64url');
}

const guardLength = 32;
export const guardPattern = /^[A-Za-z0-9_-]{32}$/;

/** What the forms of a page hold: tells that the page was given this cookie, and does not tell the cookie. */
export function guardOf(cookie: string): string {
  return createHash('sha256').update('form ').update(cookie).digest('base64url').slice(0, guardLength);
}

export function sameGuard(cookie: string | undefined, field: string): boolean {
  if (!cookie || field.length !== guardLength) return false;
  const right = Buffer.from(guardOf(cookie));
  const given = Buffer.from(field);
  return right.length === given.length && timingSafeEqual(right, given);
}

/** Whether the browser says that the form is this server's own. Old browsers and tools that say nothing pass. */
export function ownOrigin(
  headers: { readonly origin?: string | undefined; readonly host?: string | undefined },
  publicUrl: string,
): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (origin === new URL(publicUrl).origin) return true;
  return origin === `${new URL(publicUrl).protocol}//${host ?? ''}`;
}
