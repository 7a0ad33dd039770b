/** Turning an authenticator on and off, and recovery codes. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import encodeQr from 'qr';
import { z } from 'zod';
import type { Change } from '../../changelog/commit.ts';
import type { Ended } from '../../changelog/ended.ts';
import {
  beginAuthenticator,
  confirmAuthenticator,
  removeAuthenticator,
  waitingSecret,
} from '../factors/authenticator.ts';
import { factorsOf, hasSecondFactor } from '../factors/factors.ts';
import { removeRecoveryCodes, renewRecoveryCodes } from '../factors/recovery.ts';
import { base32, otpauthUri } from '../factors/totp.ts';
import { trusted } from '../html.ts';
import { closeOtherPages, type PageSession } from '../page-sessions.ts';
import { sendPage } from '../page.ts';
import { accountPaths } from '../paths.ts';
import { adminEvent } from '../people.ts';
import { done, fieldsOf, Refused, requirePassword, requireWhole, senderOf } from './forms.ts';
import type { AccountDeps } from './forms.ts';
import { authenticatorPage, recoveryCodesPage } from './pages.ts';

const codeSchema = z.object({ code: z.string().max(12) });

/** In the log: what changed of an admin's factors, and nothing of the factors themselves. */
export function factorChanged(
  change: Change,
  { admin }: PageSession,
  what: string,
  ends: readonly Ended[] = [],
): void {
  const cause = { actor: `admin:${admin.id}` };
  adminEvent(change, 'admin.second_factor_changed', admin.id, cause, { what }, ends);
}

/**
 * Once there is a second factor, the password alone has opened nothing: whoever was let in to set one up, and did not, is
 * not let on by somebody else's. Asked before the new one counts; to be done where it does.
 */
export async function endingPasswordAlone(
  { db }: Pick<Change, 'db'>,
  session: PageSession,
): Promise<() => Promise<void>> {
  const first = !hasSecondFactor(await factorsOf(db, session.admin.id));
  return async () => {
    if (first) await closeOtherPages(db, session);
  };
}

/** The only time that these codes are seen. */
export function showCodes(reply: FastifyReply, codes: readonly string[], session: PageSession): FastifyReply {
  return sendPage(reply, {
    status: 200,
    redirectUri: null,
    body: recoveryCodesPage(codes, session.enrolling),
  });
}

export function authenticatorRoutes(deps: AccountDeps): FastifyPluginAsync {
  const { db, config, commit, limits } = deps;
  const issuer = `Gatehouse (${new URL(config.publicUrl).host})`;

  function show(
    reply: FastifyReply,
    session: PageSession,
    secret: Buffer,
    error: string | null,
  ): FastifyReply {
    const uri = otpauthUri(secret, session.admin.email, issuer);
    // Of our own making, from base32 and an escaped address: nothing in it can be markup.
    const picture = trusted(encodeQr(uri, 'svg', { border: 2 }));
    const body = authenticatorPage({ session, picture, secret: base32(secret), uri, error });
    return sendPage(reply, { status: error === null ? 200 : 401, redirectUri: null, body });
  }

  async function begin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    await requirePassword(deps, request, session);
    const { authenticator } = await factorsOf(db, session.admin.id);
    if (authenticator) throw new Refused(409, 'An authenticator is on already. Turn it off first.');
    return show(reply, session, await beginAuthenticator(deps, session.admin.id), null);
  }

  async function confirm(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    const { id } = session.admin;
    const { code } = fieldsOf(codeSchema, request.body, 'Enter the six digits that the app shows.');
    if (!(await limits.code(id))) throw new Refused(429, 'Too many tries. Wait a few minutes.');
    const codes = await commit(async (change) => {
      const endOthers = await endingPasswordAlone(change, session);
      if (!(await confirmAuthenticator(change, deps, id, code.replace(/\s/g, '')))) return null;
      await endOthers();
      factorChanged(change, session, 'authenticator on', [
        { what: 'password-alone', id },
        // Those that came with a passkey: the new ones make them void.
        { what: 'recovery-codes', id },
      ]);
      return renewRecoveryCodes(change, id);
    });
    if (codes !== null) {
      await limits.codeProved(id);
      return showCodes(reply, codes, session);
    }
    const secret = await waitingSecret(deps, id);
    if (!secret) throw new Refused(409, 'Begin again: there is no authenticator to turn on.');
    return show(
      reply,
      session,
      secret,
      'This code is not right. Check the clock of your phone, and enter the next one.',
    );
  }

  async function off(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    await requirePassword(deps, request, session);
    const { id } = session.admin;
    await commit(async (change) => {
      const { passkeys } = await factorsOf(change.db, id);
      if (config.requireSecondFactor && passkeys.length === 0) {
        throw new Refused(
          409,
          'This server asks every admin for a second factor, and this is your only one.',
        );
      }
      await removeAuthenticator(change, id);
      if (passkeys.length === 0) await removeRecoveryCodes(change, id);
      factorChanged(change, session, 'authenticator off', [
        { what: 'authenticator', id },
        ...(passkeys.length === 0 ? [{ what: 'recovery-codes' as const, id }] : []),
      ]);
    });
    return done(reply, 'authenticator-off');
  }

  async function newCodes(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    await requirePassword(deps, request, session);
    if (!hasSecondFactor(await factorsOf(db, session.admin.id))) {
      throw new Refused(409, 'Set up a second factor first.');
    }
    const { id } = session.admin;
    const codes = await commit(async (change) => {
      factorChanged(change, session, 'recovery codes renewed', [{ what: 'recovery-codes', id }]);
      return renewRecoveryCodes(change, id);
    });
    return showCodes(reply, codes, session);
  }

  return async (app) => {
    app.post(accountPaths.authenticator, begin);
    app.post(accountPaths.authenticatorConfirm, confirm);
    app.post(accountPaths.authenticatorOff, off);
    app.post(accountPaths.recoveryCodes, newCodes);
  };
}
