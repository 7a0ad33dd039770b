/** The cookies of the pages for admins: one while somebody signs in, one for the account page, one on the way abroad. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.ts';

const names = {
  signIn: 'gatehouse-sign-in',
  account: 'gatehouse-account',
  /** Sent when an identity provider leads back here, which is another site: hence Lax. It holds no session. */
  abroad: 'gatehouse-abroad',
} as const;
export type CookieName = keyof typeof names;

const lifeSeconds: Readonly<Record<CookieName, number>> = { signIn: 3_600, account: 3_600, abroad: 600 };

type CookieConfig = Pick<Config, 'cookieSecure'>;

/** `__Host-` keeps neighbours in the same domain from setting it; such a cookie is for the whole host. */
function placed({ cookieSecure }: CookieConfig, name: CookieName) {
  return {
    name: cookieSecure ? `__Host-${names[name]}` : names[name],
    path: cookieSecure ? '/' : '/admin',
  };
}

export function readCookie(config: CookieConfig, request: FastifyRequest, name: CookieName) {
  return request.cookies[placed(config, name).name];
}

export function setCookie(config: CookieConfig, reply: FastifyReply, name: CookieName, value: string): void {
  const { name: called, path } = placed(config, name);
  void reply.setCookie(called, value, {
    path,
    httpOnly: true,
    sameSite: name === 'abroad' ? 'lax' : 'strict',
    secure: config.cookieSecure,
    maxAge: lifeSeconds[name],
  });
}

export function clearCookie(config: CookieConfig, reply: FastifyReply, name: CookieName): void {
  const { name: called, path } = placed(config, name);
  void reply.clearCookie(called, { path });
}
