/** Where to go after signing in. It comes from the address, so anybody may have written it. */

const here = 'https://portal.invalid';

/**
 * The path below the prefix that `wanted` names, or `/`. Only paths of this portal's pages pass: no other origin
 * (`//evil.example`, `/\evil.example`, `javascript:`), no API, and not the account pages, which would lead in circles.
 */
export function safeBack(wanted: string | null): string {
  if (wanted === null || !wanted.startsWith('/') || !URL.canParse(wanted, here)) return '/';
  const { origin, pathname, search, hash } = new URL(wanted, here);
  if (origin !== here || pathname.startsWith('//') || foreign.test(pathname)) return '/';
  return pathname + search + hash;
}

const foreign =
  /^\/(?:api|dev|portals|sign-in|sign-up|check-mail|verify-email|forgot-password|reset-password)(?:\/|$)/i;
