/** Who a request to a portal comes from: which portal, and which developer if one is signed in there. */
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../domain/errors.ts';
import type { Deps } from '../config/deps.ts';
import { rememberActor } from '../http/actor.ts';
import { resolvePortal, type Portal } from '../tenancy/portals.ts';
import { readTokens } from './cookies.ts';
import { developerOf, type Developer } from './sessions.ts';

type VisitorDeps = Pick<Deps, 'db' | 'clock'>;

export interface Visitor {
  readonly portal: Portal;
  /** Null where nobody is signed in; never one who is not approved. */
  readonly developer: Developer | null;
}

export interface SignedIn extends Visitor {
  readonly developer: Developer;
}

export async function visitorOf(deps: VisitorDeps, request: FastifyRequest): Promise<Visitor> {
  const portal = await resolvePortal(deps.db, request);
  const { access } = readTokens(request.headers.cookie);
  const developer = await developerOf(deps, portal.id, access);
  if (developer) rememberActor(request, `developer:${developer.id}`);
  return { portal, developer };
}

/**
 * The signed-in developer of a private portal; `unauthenticated` without one. Public portals have neither applications
 * nor developers: `not_found`, as the published API has it (rule 27).
 */
export async function signedIn(deps: VisitorDeps, request: FastifyRequest): Promise<SignedIn> {
  const { portal, developer } = await visitorOf(deps, request);
  if (portal.isPublic) throw new GatehouseError('not_found');
  if (!developer) throw new GatehouseError('unauthenticated');
  return { portal, developer };
}
