/** `/admin/account`: for a signed-in admin, the own account. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../../domain/errors.ts';
import { acceptFormBodies } from '../../http/forms.ts';
import { hashPassword } from '../../passwords/passwords.ts';
import { requireAdminPassword } from '../accounts.ts';
import { clearCookie } from '../cookies.ts';
import { factorsOf, hasSecondFactor } from '../factors/factors.ts';
import { partyOf } from '../factors/passkeys.ts';
import { listDevices } from '../listing.ts';
import { closePageSession, pageSessionOf, type PageSession } from '../page-sessions.ts';
import { pageHeaders, sendPage } from '../page.ts';
import { accountPaths, pagePaths } from '../paths.ts';
import { adminEvent, changePassword, endSessionsOf, revokeDevice } from '../people.ts';
import { complete } from '../sign-in/go-on.ts';
import { authenticatorRoutes } from './authenticator-routes.ts';
import { done, fieldsOf, notices, Refused, requirePassword, requireWhole, senderOf } from './forms.ts';
import type { AccountDeps, Notice } from './forms.ts';
import { accountPage } from './pages.ts';
import { passkeyRoutes } from './passkey-routes.ts';

const nextSchema = z.object({ next: z.string().min(8).max(512) });
const deviceSchema = z.object({ device: z.uuid() });
const noticeSchema = z.object({
  done: z.custom<Notice>((key) => typeof key === 'string' && Object.hasOwn(notices, key)),
});

interface Said {
  readonly status: number;
  readonly error: string | null;
  readonly notice: string | null;
}

export function accountRoutes(deps: AccountDeps): FastifyPluginAsync {
  const { config, db, commit } = deps;

  async function show(reply: FastifyReply, session: PageSession, said: Said): Promise<FastifyReply> {
    const body = accountPage({
      session,
      factors: await factorsOf(db, session.admin.id),
      devices: await listDevices(db, session.admin.id),
      passkeys: partyOf(config) !== null,
      required: config.requireSecondFactor,
      error: said.error,
      notice: said.notice,
    });
    const { destination } = session;
    return sendPage(reply, { status: said.status, redirectUri: destination?.redirect_uri ?? null, body });
  }

  const toSignIn = (reply: FastifyReply): FastifyReply =>
    pageHeaders(reply, null).redirect(pagePaths.signIn, 303);

  /** What a form could not do is said on the page; without a session there is the sign-in page. */
  async function refused(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const json = request.url.startsWith(accountPaths.passkeyOptions);
    if (error instanceof Refused && json) return reply.status(error.status).send({ detail: error.message });
    const session = json ? null : await pageSessionOf(deps, request);
    if (error instanceof GatehouseError && error.code === 'unauthenticated' && !json) return toSignIn(reply);
    const words =
      error instanceof Refused ? { status: error.status, error: error.message, notice: null } : null;
    if (session && words) return show(reply, session, words);
    throw error;
  }

  const causeOf = ({ admin }: PageSession) => ({ actor: `admin:${admin.id}` });

  async function newPassword(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    const { next } = fieldsOf(nextSchema, request.body, 'Choose a password of at least 8 characters.');
    await requirePassword(deps, request, session);
    requireAdminPassword(next);
    const adminId = session.admin.id;
    const passwordHash = await hashPassword(next);
    await commit((change) =>
      changePassword(change, { adminId, passwordHash }, causeOf(session), { except: session.token }),
    );
    return done(reply, 'password');
  }

  async function revoke(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    const { device } = fieldsOf(deviceSchema, request.body, 'Choose a device.');
    await commit((change) =>
      revokeDevice(change, { device, adminId: session.admin.id }, causeOf(session)),
    ).catch((error: unknown) => {
      if (error instanceof GatehouseError) throw new Refused(404, 'This device is revoked already.');
      throw error;
    });
    return done(reply, 'device');
  }

  async function endSessions(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    await commit(async (change) => {
      await endSessionsOf(change, session.admin.id, { except: session.token });
      adminEvent(change, 'admin.sessions_ended', session.admin.id, causeOf(session));
    });
    return done(reply, 'sessions');
  }

  async function signOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    await commit(async (change) => {
      await closePageSession(change.db, session.token);
      adminEvent(change, 'admin.signed_out', session.admin.id, causeOf(session), { from: 'account' });
    });
    clearCookie(config, reply, 'account');
    return toSignIn(reply);
  }

  /** Where a second factor had to be set up: the sign-in goes on to where it was going. */
  async function goOn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    const { admin, enrolling, destination } = session;
    if (!enrolling) return pageHeaders(reply, null).redirect(pagePaths.account, 303);
    if (!hasSecondFactor(await factorsOf(db, admin.id))) requireWhole(session);
    await closePageSession(db, session.token);
    clearCookie(config, reply, 'account');
    return complete(deps, reply, { adminId: admin.id, destination, by: 'enrolment' });
  }

  return async (app) => {
    acceptFormBodies(app);
    app.setErrorHandler(refused);
    app.get(pagePaths.account, async (request, reply) => {
      const session = await pageSessionOf(deps, request);
      if (!session) return toSignIn(reply);
      const asked = noticeSchema.safeParse(request.query);
      const notice = asked.success ? notices[asked.data.done] : null;
      return show(reply, session, { status: 200, error: null, notice });
    });
    app.post(accountPaths.password, newPassword);
    app.post(accountPaths.device, revoke);
    app.post(accountPaths.sessions, endSessions);
    app.post(accountPaths.signOut, signOut);
    app.post(accountPaths.goOn, goOn);
    await app.register(authenticatorRoutes(deps));
    await app.register(passkeyRoutes(deps));
  };
}
