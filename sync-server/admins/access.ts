/** Who may call the Admin API: a bearer token, and the role that the address asks for. */
import type { FastifyRequest } from 'fastify';
import { roles, type Role } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { rememberActor } from '../http/actor.ts';
import { sessionOfToken, type AdminSession, type SessionDeps } from './sessions.ts';

const rankOf = (role: Role): number => roles.indexOf(role);
const sessions = new WeakMap<FastifyRequest, AdminSession>();

/** The bearer token of a request. Throws `unauthenticated`. */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer ([A-Za-z0-9._~+/-]{1,200}=*)$/i.exec(authorization ?? '')?.[1];
  if (!token) throw new GatehouseError('unauthenticated');
  return token;
}

/**
 * A hook that lets admins of at least this role through; the handler then asks `sessionOf(request)`. As `onRequest` it
 * runs before a body is read, as `preHandler` after. Product owners come in only where they are named: there the handler
 * keeps to the session's scope.
 */
export function adminOnly(
  deps: SessionDeps,
  minRole: Role = 'viewer',
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const session = await sessionOfToken(deps, bearerToken(request.headers.authorization));
    if (rankOf(session.admin.role) < rankOf(minRole)) throw new GatehouseError('forbidden');
    rememberActor(request, `admin:${session.admin.id}`);
    sessions.set(request, session);
  };
}

/** The session that `adminOnly` found. */
export function sessionOf(request: FastifyRequest): AdminSession {
  const session = sessions.get(request);
  if (!session) throw new GatehouseError('unauthenticated');
  return session;
}

/** The same for addresses that need a device: throws `forbidden` where the session is not bound to one yet. */
export function deviceSessionOf(request: FastifyRequest): AdminSession & { readonly device: string } {
  return withDevice(sessionOf(request));
}

export function withDevice(session: AdminSession): AdminSession & { readonly device: string } {
  const { device } = session;
  if (device === null) {
    throw new GatehouseError('forbidden', { message: 'This session is not bound to a device yet.' });
  }
  return { ...session, device };
}
