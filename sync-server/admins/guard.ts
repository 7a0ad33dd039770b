/**
 * Keeps other sites from signing a browser in with a form of theirs: the form must come from this server's own page, which
 * the browser's Origin header tells, and return the value of a cookie that only this server's pages know.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';

export function newGuard(): string {
  return randomBytes(24).toString('base64url');
}

export const guardPattern = /^[A-Za-z0-9_-]{32}$/;

export function sameGuard(cookie: string | undefined, field: string): boolean {
  if (!cookie || cookie.length !== field.length) return false;
  return timingSafeEqual(Buffer.from(cookie), Buffer.from(field));
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
