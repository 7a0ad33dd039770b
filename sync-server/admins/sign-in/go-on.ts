/**
 * What follows a proof, whichever it was: a second factor where there is one, setting one up where that is required, and
 * then the way back to the desk or to the account page.
 */
import type { FastifyReply } from 'fastify';
import type { Deps } from '../../config/deps.ts';
import { acceptedAddress } from '../authorization.ts';
import { issueCode } from '../codes.ts';
import { clearCookie, setCookie } from '../cookies.ts';
import { factorsOf, hasSecondFactor, type Factors } from '../factors/factors.ts';
import { guardOf, newCookieToken } from '../guard.ts';
import { openPageSession } from '../page-sessions.ts';
import { pageHeaders, sendPage } from '../page.ts';
import { pagePaths } from '../paths.ts';
import { saveAttempt, type Destination } from './attempts.ts';
import { passingPage, secondFactorPage } from './pages.ts';

export interface Proved {
  readonly adminId: string;
  readonly destination: Destination;
  readonly by: 'password' | 'oidc';
}

/** After the first factor. */
export async function goOn(deps: Deps, reply: FastifyReply, proved: Proved): Promise<FastifyReply> {
  const { adminId, destination, by } = proved;
  const factors = await factorsOf(deps.db, adminId);
  if (hasSecondFactor(factors)) return askAnother(deps, reply, proved, factors);
  if (!deps.config.requireSecondFactor) return complete(deps, reply, { adminId, destination, by });
  const opened = await openToEnrol(deps, proved);
  return typeof opened === 'string'
    ? toAccount(deps, reply, opened, by)
    : askAnother(deps, reply, proved, opened);
}

/** In the turn of a commit: a first factor that is set up at the same moment is seen, or ends what is opened here. */
function openToEnrol({ commit, clock }: Deps, { adminId, destination }: Proved): Promise<string | Factors> {
  return commit(async ({ db }) => {
    const factors = await factorsOf(db, adminId);
    if (hasSecondFactor(factors)) return factors;
    return openPageSession({ db, clock }, { adminId, enrolling: true, destination });
  });
}

async function askAnother(
  deps: Deps,
  reply: FastifyReply,
  { adminId, destination }: Proved,
  factors: Factors,
): Promise<FastifyReply> {
  const token = newCookieToken();
  await saveAttempt(deps, token, { adminId, destination });
  setCookie(deps.config, reply, 'signIn', token);
  return askSecondFactor(reply, { status: 200, token, destination, factors, error: null });
}

interface Asked {
  readonly status: number;
  readonly token: string;
  readonly destination: Destination;
  readonly factors: Factors;
  readonly error: string | null;
}

export function askSecondFactor(reply: FastifyReply, asked: Asked): FastifyReply {
  const { status, token, destination, factors, error } = asked;
  const body = secondFactorPage({
    destination,
    guard: guardOf(token),
    error,
    authenticator: factors.authenticator,
    passkeys: factors.passkeys.length > 0,
  });
  return sendPage(reply, { status, redirectUri: destination?.redirect_uri ?? null, body });
}

export interface Complete {
  readonly adminId: string;
  readonly destination: Destination;
  readonly by: 'password' | 'oidc' | 'passkey' | 'second factor' | 'enrolment';
}

/** The sign-in is done. */
export async function complete(deps: Deps, reply: FastifyReply, done: Complete): Promise<FastifyReply> {
  const { adminId, destination, by } = done;
  clearCookie(deps.config, reply, 'signIn');
  await deps.commit(async (change) => {
    change.event({
      name: 'admin.signed_in',
      subject: { entity: 'admin', id: adminId },
      details: { by, to: destination ? 'desk' : 'account' },
      cause: { actor: `admin:${adminId}` },
    });
  });
  if (destination === null) {
    const token = await openPageSession(deps, { adminId, enrolling: false, destination });
    return toAccount(deps, reply, token, by);
  }
  const { code_challenge: challenge, redirect_uri: redirectUri } = destination;
  const code = await issueCode(deps, { adminId, challenge, redirectUri });
  return pageHeaders(reply, redirectUri).redirect(
    acceptedAddress(destination, code, deps.config.publicUrl),
    303,
  );
}

/** A strict cookie is not sent on a way that began at the identity provider's site: there a page of ours leads on. */
function toAccount(deps: Deps, reply: FastifyReply, token: string, by: Complete['by']): FastifyReply {
  setCookie(deps.config, reply, 'account', token);
  if (by !== 'oidc') return pageHeaders(reply, null).redirect(pagePaths.account, 303);
  return sendPage(reply, {
    status: 200,
    redirectUri: null,
    body: passingPage('Signed in', pagePaths.account),
  });
}
