/** `/admin/authorize`: the page where an admin proves who they are, and the way back to the desk. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { adminPaths } from '../../domain/wire/admin.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Deps } from '../config/deps.ts';
import { createLimit } from '../http/limit.ts';
import { acceptFormBodies } from '../http/forms.ts';
import { dummyVerify, verifyPassword } from '../passwords/passwords.ts';
import { findAdmin, normalisedAdminEmail } from './accounts.ts';
import { acceptedAddress, parseAuthorization, type AuthorizationRequest } from './authorization.ts';
import { issueCode } from './codes.ts';
import { guardPattern, newGuard, ownOrigin, sameGuard } from './guard.ts';
import { pagePolicy, refusedPage, signInPage } from './page.ts';

const formSchema = z.object({
  email: z.string().max(254),
  password: z.string().max(512),
  guard: z.string().regex(guardPattern),
});

const wrong = 'E-mail or password is wrong.';
const tooMany = 'Too many tries. Wait a few minutes, then try again.';
const stale = 'This page was open for too long. Enter your password again.';

const window = 15 * 60;

export function authorizeRoutes(deps: Deps): FastifyPluginAsync {
  const { config } = deps;
  // Guessing one account, from one place or from many, and trying many accounts from one place.
  const byPair = createLimit(10, window);
  const byAccount = createLimit(50, window);
  const byAddress = createLimit(100, window);
  const cookieName = config.cookieSecure ? '__Host-gatehouse-sign-in' : 'gatehouse-sign-in';

  async function underLimits(email: string, address: string): Promise<boolean> {
    try {
      await Promise.all([
        byAddress.use(address),
        byAccount.use(email),
        byPair.use(JSON.stringify([email, address])),
      ]);
      return true;
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'rate_limited') return false;
      throw error;
    }
  }

  /** The admin's id, after as much work for an unknown account as for a known one. */
  async function authenticate(email: string, password: string): Promise<string | null> {
    const admin = await findAdmin(deps.db, email);
    if (!admin?.passwordHash) {
      await dummyVerify(password);
      return null;
    }
    return (await verifyPassword(password, admin.passwordHash)) ? admin.id : null;
  }

  function html(reply: FastifyReply, status: number, redirectUri: string | null, body: string): FastifyReply {
    return reply
      .status(status)
      .headers({
        'content-security-policy': pagePolicy(redirectUri),
        'cache-control': 'no-store',
        // `no-referrer` would make browsers send `Origin: null` with the form.
        'referrer-policy': 'same-origin',
      })
      .type('text/html; charset=utf-8')
      .send(body);
  }

  function form(
    reply: FastifyReply,
    request: AuthorizationRequest,
    shown: { readonly status: number; readonly email: string; readonly error: string | null },
  ): FastifyReply {
    const guard = newGuard();
    void reply.setCookie(cookieName, guard, {
      path: config.cookieSecure ? '/' : adminPaths.authorize,
      httpOnly: true,
      sameSite: 'strict',
      secure: config.cookieSecure,
      maxAge: 3600,
    });
    const { status, email, error } = shown;
    return html(reply, status, request.redirect_uri, signInPage({ request, guard, email, error }));
  }

  async function submitted(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const parsed = parseAuthorization(request.body);
    const fields = formSchema.safeParse(request.body);
    if (!parsed.ok || !ownOrigin(request.headers, config.publicUrl)) {
      return html(reply, parsed.ok ? 403 : 400, null, refusedPage());
    }
    if (!fields.success) return form(reply, parsed.request, { status: 400, email: '', error: wrong });
    const { password, guard } = fields.data;
    const email = normalisedAdminEmail(fields.data.email);
    if (!sameGuard(request.cookies[cookieName], guard)) {
      return form(reply, parsed.request, { status: 403, email, error: stale });
    }
    if (!(await underLimits(email, request.ip))) {
      void reply.header('retry-after', String(window));
      return form(reply, parsed.request, { status: 429, email, error: tooMany });
    }
    const adminId = await authenticate(email, password);
    if (!adminId) return form(reply, parsed.request, { status: 401, email, error: wrong });
    await byPair.forget(JSON.stringify([email, request.ip]));
    const { code_challenge: challenge, redirect_uri: redirectUri } = parsed.request;
    const code = await issueCode(deps, { adminId, challenge, redirectUri });
    return reply
      .clearCookie(cookieName, { path: config.cookieSecure ? '/' : adminPaths.authorize })
      .header('content-security-policy', pagePolicy(redirectUri))
      .header('cache-control', 'no-store')
      .redirect(acceptedAddress(parsed.request, code, config.publicUrl), 303);
  }

  return async (app) => {
    acceptFormBodies(app);
    app.get(adminPaths.authorize, async (request, reply) => {
      const parsed = parseAuthorization(request.query);
      if (parsed.ok) return form(reply, parsed.request, { status: 200, email: '', error: null });
      if (parsed.redirect !== null) return reply.redirect(parsed.redirect, 303);
      return html(reply, 400, null, refusedPage());
    });
    app.post(adminPaths.authorize, submitted);
  };
}
