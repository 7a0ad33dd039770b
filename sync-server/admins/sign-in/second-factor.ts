/** The second step of a sign-in: a code, or a passkey, which may also come first and is then the whole sign-in. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../../domain/errors.ts';
import { acceptFormBodies } from '../../http/forms.ts';
import { readCookie } from '../cookies.ts';
import { useCode } from '../factors/authenticator.ts';
import { factorsOf } from '../factors/factors.ts';
import { assertionOptions, partyOf, tryPasskey } from '../factors/passkeys.ts';
import { useRecoveryCode } from '../factors/recovery.ts';
import { guardPattern, ownOrigin, sameGuard } from '../guard.ts';
import { sendPage } from '../page.ts';
import { pagePaths } from '../paths.ts';
import { saveAttempt, takeAttempt, type Attempt } from './attempts.ts';
import { askSecondFactor, complete } from './go-on.ts';
import { noteFailure } from './failures.ts';
import { refusedPage } from './pages.ts';
import { destinationOf, showSignIn, tooMany, type SignInDeps } from './routes.ts';

const guardSchema = z.object({ guard: z.string().regex(guardPattern) });
const codeSchema = z.object({ code: z.string().max(40) });
const passkeySchema = z.object({ passkey: z.string().max(12_000) });

const stale = 'This sign-in took too long. Start again.';
const wrongCode = 'This code is wrong, or it was used already.';
const wrongPasskey = 'This passkey does not belong to an account here.';
const noKey =
  'This server cannot check codes of authenticators just now. Use a recovery code or a passkey, and tell its operator.';

export function secondFactorRoutes(deps: SignInDeps): FastifyPluginAsync {
  const { config, db, commit, limits } = deps;

  /** The cookie of a form of ours; null for a form of somebody else's. */
  function cookieOf(request: FastifyRequest): string | null {
    const fields = guardSchema.safeParse(request.body);
    const token = readCookie(config, request, 'signIn');
    if (!fields.success || !token || !ownOrigin(request.headers, config.publicUrl)) return null;
    return sameGuard(token, fields.data.guard) ? token : null;
  }

  const expired = (reply: FastifyReply): FastifyReply =>
    showSignIn(deps, reply, null, { status: 403, email: '', error: stale });

  /** The same page again, with what went wrong; the attempt goes on. */
  async function again(reply: FastifyReply, { token, attempt, status, error }: Again): Promise<FastifyReply> {
    const { adminId, destination } = attempt;
    if (adminId === null) return showSignIn(deps, reply, destination, { status, email: '', error });
    await saveAttempt(deps, token, { adminId, destination });
    const factors = await factorsOf(db, adminId);
    return askSecondFactor(reply, { status, token, destination, factors, error });
  }

  /** True or false, or what to say where the server cannot tell. */
  async function rightCode(adminId: string, code: string): Promise<boolean | string> {
    if (await useRecoveryCode(commit, adminId, code)) return true;
    try {
      return await useCode(deps, adminId, code);
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code !== 'secrets_key_wrong') throw error;
      deps.log.error({ code: error.code }, error.message);
      return noKey;
    }
  }

  async function byCode(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const token = cookieOf(request);
    const attempt = token === null ? null : await takeAttempt(deps, token);
    if (token === null || !attempt || attempt.adminId === null) return expired(reply);
    const { adminId, destination } = attempt;
    if (!(await limits.code(adminId))) {
      return again(reply, { token, attempt, status: 429, error: tooMany });
    }
    const fields = codeSchema.safeParse(request.body);
    const right = fields.success && (await rightCode(adminId, fields.data.code));
    if (right !== true) {
      if (right === false) await noteFailure(deps, { account: adminId, adminId, step: 'code' });
      return again(reply, { token, attempt, status: 401, error: right === false ? wrongCode : right });
    }
    await limits.codeProved(adminId);
    return complete(deps, reply, { adminId, destination, by: 'second factor' });
  }

  /** The challenge for a passkey, as JSON for the page's script. */
  async function options(request: FastifyRequest): Promise<object> {
    const token = cookieOf(request);
    const party = partyOf(config);
    const asked = destinationOf(request.body);
    if (token === null || party === null || asked === undefined) throw new GatehouseError('origin_refused');
    if (!(await limits.begin(request.ip))) throw new GatehouseError('rate_limited');
    const attempt = await takeAttempt(deps, token);
    const adminId = attempt?.adminId ?? null;
    const offered = await assertionOptions(db, party, adminId);
    const destination = attempt && adminId !== null ? attempt.destination : asked;
    await saveAttempt(deps, token, { adminId, destination, challenge: offered.challenge });
    return offered;
  }

  async function byPasskey(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const token = cookieOf(request);
    const party = partyOf(config);
    const attempt = token === null ? null : await takeAttempt(deps, token);
    const fields = passkeySchema.safeParse(request.body);
    if (party === null || !fields.success) {
      return sendPage(reply, { status: 400, redirectUri: null, body: refusedPage() });
    }
    if (token === null || attempt?.challenge === null || !attempt) return expired(reply);
    const { account, adminId } = await tryPasskey(deps, party, attempt.challenge, fields.data.passkey);
    const fits = adminId !== null && (attempt.adminId === null || attempt.adminId === adminId);
    if (!fits) {
      // Whose password was right, if it was: theirs is the account that somebody tries to get into.
      const meant = attempt.adminId ?? account;
      await noteFailure(deps, { account: meant ?? fields.data.passkey, adminId: meant, step: 'passkey' });
      return again(reply, { token, attempt, status: 401, error: wrongPasskey });
    }
    return complete(deps, reply, { adminId, destination: attempt.destination, by: 'passkey' });
  }

  return async (app) => {
    acceptFormBodies(app);
    app.post(pagePaths.code, byCode);
    app.post(pagePaths.passkeyOptions, options);
    app.post(pagePaths.passkey, byPasskey);
  };
}

interface Again {
  readonly token: string;
  readonly attempt: Attempt;
  readonly status: number;
  readonly error: string;
}
