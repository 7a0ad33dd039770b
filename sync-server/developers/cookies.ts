/** The session's two cookies, under the names that the published Portal API gives them. */
import { fastifyCookie } from '@fastify/cookie';
import type { Config } from '../config/config.ts';
import { prefixOf } from '../tenancy/prefix.ts';

export const accessCookie = 'portalaccesstoken';
export const refreshCookie = 'portalrefreshtoken';

/** How long a session answers without being refreshed, and how long it can be; milliseconds. */
export const accessLife = 12 * 3_600_000;
export const refreshLife = 7 * 24 * 3_600_000;

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

type CookieConfig = Pick<Config, 'cookieSecure' | 'corsOrigins'>;

export function readTokens(header: string | undefined): Partial<Tokens> {
  const { [accessCookie]: access, [refreshCookie]: refresh } = fastifyCookie.parse(header ?? '');
  return { ...(access ? { access } : {}), ...(refresh ? { refresh } : {}) };
}

/**
 * `Set-Cookie` values. Lax keeps cookies from other sites' requests; a client on another site (the allow-list) needs
 * None, which browsers take over TLS only. In both cases the Origin is checked.
 */
export function sessionCookies(config: CookieConfig, originalUrl: string, tokens: Tokens | null): string[] {
  const prefix = prefixOf(originalUrl);
  const serialise = (name: string, value: string | undefined, path: string, life: number): string =>
    fastifyCookie.serialize(name, value ?? '', {
      path,
      httpOnly: true,
      secure: config.cookieSecure,
      sameSite: config.cookieSecure && config.corsOrigins.length > 0 ? 'none' : 'lax',
      maxAge: tokens ? life / 1000 : 0,
    });
  return [
    serialise(accessCookie, tokens?.access, prefix === '' ? '/' : prefix, accessLife),
    serialise(refreshCookie, tokens?.refresh, `${prefix}/api/v2/developer`, refreshLife),
  ];
}
