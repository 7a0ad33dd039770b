/** Signing in on a page of the server: `/admin/authorize` for the desk, `/admin/sign-in` for the account page. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { textSchema } from '../../../domain/text.ts';
import { adminPaths } from '../../../domain/wire/admin.ts';
import type { Deps } from '../../config/deps.ts';
import { acceptFormBodies } from '../../http/forms.ts';
import { normalisedAdminEmail } from '../accounts.ts';
import { parseAuthorization } from '../authorization.ts';
import { readCookie, setCookie } from '../cookies.ts';
import { partyOf } from '../factors/passkeys.ts';
import { guardOf, guardPattern, newCookieToken, ownOrigin, sameGuard } from '../guard.ts';
import { sendPage } from '../page.ts';
import { pagePaths } from '../paths.ts';
import type { Destination } from './attempts.ts';
import { noteFailure } from './failures.ts';
import { goOn } from './go-on.ts';
import { window, type SignInLimits } from './limits.ts';
import { refusedPage, signInPage } from './pages.ts';
import { tryPassword } from './password.ts';

const formSchema = z.object({
  email: textSchema.max(254),
  password: z.string().max(512),
  guard: z.string().regex(guardPattern),
});

const wrong = 'E-mail or password is wrong.';
export const tooMany = 'Too many tries. Wait a few minutes, then try again.';
const stale = 'This page was open for too long. Enter your password again.';

export interface SignInDeps extends Deps {
  readonly limits: SignInLimits;
}

interface Shown {
  readonly status: number;
  readonly email: string;
  readonly error: string | null;
}

/** The page with a new cookie, which its forms have to match. */
export function showSignIn(
  { config }: Pick<Deps, 'config'>,
  reply: FastifyReply,
  destination: Destination,
  { status, email, error }: Shown,
): FastifyReply {
  const token = newCookieToken();
  setCookie(config, reply, 'signIn', token);
  const body = signInPage({
    destination,
    guard: guardOf(token),
    email,
    error,
    passkeys: partyOf(config) !== null,
    singleSignOn: config.oidcIssuer !== null,
  });
  return sendPage(reply, { status, redirectUri: destination?.redirect_uri ?? null, body });
}

/** What the page's forms say of where the sign-in leads; undefined where they are not the desk's. */
export function destinationOf(body: unknown): Destination | undefined {
  const forDesk = z.object({ client_id: z.unknown() }).safeParse(body);
  if (!forDesk.success || forDesk.data.client_id === undefined) return null;
  const parsed = parseAuthorization(body);
  return parsed.ok ? parsed.request : undefined;
}

export function signInRoutes(deps: SignInDeps): FastifyPluginAsync {
  const { config, db, limits } = deps;

  async function submitted(
    request: FastifyRequest,
    reply: FastifyReply,
    destination: Destination | undefined,
  ): Promise<FastifyReply> {
    const fields = formSchema.safeParse(request.body);
    if (destination === undefined || !ownOrigin(request.headers, config.publicUrl)) {
      const status = destination === undefined ? 400 : 403;
      return sendPage(reply, { status, redirectUri: null, body: refusedPage() });
    }
    const again = (status: number, email: string, error: string): FastifyReply =>
      showSignIn(deps, reply, destination, { status, email, error });
    if (!fields.success) return again(400, '', wrong);
    const { password, guard } = fields.data;
    const email = normalisedAdminEmail(fields.data.email);
    if (!sameGuard(readCookie(config, request, 'signIn'), guard)) return again(403, email, stale);
    if (!(await limits.password(email, request.ip))) {
      void reply.header('retry-after', String(window));
      return again(429, email, tooMany);
    }
    const { account, adminId } = await tryPassword(db, email, password);
    if (adminId === null) {
      await noteFailure(deps, { account: email, adminId: account, step: 'password' });
      return again(401, email, wrong);
    }
    await limits.proved(email, request.ip);
    return goOn(deps, reply, { adminId, destination, by: 'password' });
  }

  const fresh = { status: 200, email: '', error: null };
  return async (app) => {
    acceptFormBodies(app);
    app.get(adminPaths.authorize, async (request, reply) => {
      const parsed = parseAuthorization(request.query);
      if (parsed.ok) return showSignIn(deps, reply, parsed.request, fresh);
      if (parsed.redirect !== null) return reply.redirect(parsed.redirect, 303);
      return sendPage(reply, { status: 400, redirectUri: null, body: refusedPage() });
    });
    app.post(adminPaths.authorize, async (request, reply) => {
      const parsed = parseAuthorization(request.body);
      return submitted(request, reply, parsed.ok ? parsed.request : undefined);
    });
    app.get(pagePaths.signIn, async (_request, reply) => showSignIn(deps, reply, null, fresh));
    app.post(pagePaths.signIn, async (request, reply) => submitted(request, reply, null));
  };
}
