/** The developer's own operations of the Portal API v2: sign-up, confirmation, sessions, passwords. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { normalisedEmail } from '../../domain/autoapprove.ts';
import { GatehouseError } from '../../domain/errors.ts';
import {
  authenticateRequestSchema,
  forgotPasswordSchema,
  registerPayloadSchema,
  resetPasswordSchema,
  verifyEmailSchema,
} from '../../domain/wire/portal-v2.ts';
import type { Deps } from '../config/deps.ts';
import { evenly } from '../http/evenly.ts';
import { createSharedLimit, type Limit } from '../http/limit.ts';
import { networkOf } from '../http/network.ts';
import { parse } from '../http/parse.ts';
import { updatedAt } from '../portalapi/stamps.ts';
import { resolvePortal, type Portal } from '../tenancy/portals.ts';
import { readTokens, sessionCookies, type Tokens } from './cookies.ts';
import { authenticate, forgotPassword, resetPassword } from './password.ts';
import { closeSession, openSession, refreshSession } from './sessions.ts';
import { signUp } from './sign-up.ts';
import { verifyEmail } from './verify.ts';
import { signedIn } from './visitor.ts';

const quarterHour = 900;

/** By address, by account, and by both together; over all server processes. */
interface Guard {
  check(request: FastifyRequest, portal: Portal, email: string): Promise<void>;
  forget(request: FastifyRequest, portal: Portal, email: string): Promise<void>;
}

/** Tries in a quarter of an hour. */
interface Tries {
  /** From one address, which many people may share. */
  readonly address: number;
  /** For one account from one address. */
  readonly pair: number;
  /** For one account from anywhere: high, so that it takes many addresses to keep somebody out for a while. */
  readonly account: number;
}

/** Counts alike whether the account exists or not. */
function guard(deps: Deps, name: string, tries: Tries): Guard {
  const limit = (part: keyof Tries): Limit =>
    createSharedLimit(deps, `${name}-${part}`, tries[part], quarterHour);
  const [addresses, pairs, accounts] = [limit('address'), limit('pair'), limit('account')];
  const account = ({ id }: Portal, email: string): string => `${id} ${normalisedEmail(email)}`;
  const pair = (request: FastifyRequest, portal: Portal, email: string): string =>
    `${networkOf(request.ip)} ${account(portal, email)}`;
  return {
    async check(request, portal, email) {
      await addresses.use(networkOf(request.ip));
      await pairs.use(pair(request, portal, email));
      await accounts.use(account(portal, email));
    },
    forget: (request, portal, email) => pairs.forget(pair(request, portal, email)),
  };
}

/** The portal of a request about accounts; a public portal has none (rule 27). */
async function accountPortal(deps: Deps, request: FastifyRequest): Promise<Portal> {
  const portal = await resolvePortal(deps.db, request);
  if (portal.isPublic) throw new GatehouseError('not_found');
  return portal;
}

/** Registered below `/api/v2`. */
export function developerRoutes(deps: Deps): FastifyPluginAsync {
  const signUps = guard(deps, 'sign-up', { address: 200, pair: 5, account: 20 });
  const signIns = guard(deps, 'sign-in', { address: 300, pair: 10, account: 100 });
  const forgets = guard(deps, 'forgot', { address: 100, pair: 5, account: 20 });
  const links = createSharedLimit(deps, 'link', 300, quarterHour);

  function answerTokens(request: FastifyRequest, reply: FastifyReply, tokens: Tokens | null): FastifyReply {
    const cookies = sessionCookies(deps.config, request.originalUrl, tokens);
    return reply.header('set-cookie', cookies).status(204).send();
  }

  return async (app) => {
    app.post('/developer', async (request, reply) => {
      const portal = await accountPortal(deps, request);
      const { email, full_name: name, password } = parse(registerPayloadSchema, request.body);
      await signUps.check(request, portal, email);
      await evenly(() => signUp(deps, portal, { email, name, password }));
      return reply.status(201).send();
    });

    app.post('/developer/verify-email', async (request, reply) => {
      const portal = await accountPortal(deps, request);
      await links.use(networkOf(request.ip));
      const { email, token } = await verifyEmail(deps, portal, parse(verifyEmailSchema, request.body).token);
      return reply.status(202).send(token === null ? { email } : { email, token });
    });

    app.post('/developer/authenticate', async (request, reply) => {
      const portal = await accountPortal(deps, request);
      const { username, password } = parse(authenticateRequestSchema, request.body);
      await signIns.check(request, portal, username);
      const developer = await authenticate(deps, portal, username, password);
      await signIns.forget(request, portal, username);
      return answerTokens(request, reply, await openSession(deps, developer));
    });

    app.get('/developer/authenticate/sso', async () => {
      throw new GatehouseError('sso_off');
    });

    app.post('/developer/refresh', async (request, reply) => {
      const portal = await accountPortal(deps, request);
      const { refresh } = readTokens(request.headers.cookie);
      const tokens = refresh === undefined ? null : await refreshSession(deps, portal.id, refresh);
      if (tokens === null) throw new GatehouseError('token_expired');
      return tokens === 'raced' ? reply.status(204).send() : answerTokens(request, reply, tokens);
    });

    app.post('/developer/logout', async (request, reply) => {
      await closeSession(deps, readTokens(request.headers.cookie));
      return answerTokens(request, reply, null);
    });

    app.post('/developer/forgot-password', async (request, reply) => {
      const portal = await accountPortal(deps, request);
      const { email } = parse(forgotPasswordSchema, request.body);
      await forgets.check(request, portal, email);
      await evenly(() => forgotPassword(deps, portal, email));
      return reply.status(200).send();
    });

    app.post('/developer/reset-password', async (request, reply) => {
      const portal = await accountPortal(deps, request);
      await links.use(networkOf(request.ip));
      const { token, password } = parse(resetPasswordSchema, request.body);
      await resetPassword(deps, portal, token, password);
      return reply.status(204).send();
    });

    app.get('/developer/me', async (request) => {
      const { developer } = await signedIn(deps, request);
      const { updated } = await deps.db
        .selectFrom('developers')
        .select(updatedAt('developers.id', 'developers.createdAt').as('updated'))
        .where('id', '=', developer.id)
        .executeTakeFirstOrThrow();
      return {
        id: developer.id,
        email: developer.email,
        full_name: developer.name,
        created_at: developer.createdAt,
        updated_at: updated,
      };
    });
  };
}
