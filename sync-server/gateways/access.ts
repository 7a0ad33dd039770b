/** Who may call the Gateway API: a gateway with its token, looked at before anything else of a request is read. */
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../domain/errors.ts';
import type { Deps } from '../config/deps.ts';
import { rememberActor } from '../http/actor.ts';
import { authenticateGateway, type Authenticated } from './tokens.ts';

const known = new WeakMap<FastifyRequest, Authenticated>();

/** A hook for `onRequest`; the handler then asks `gatewayOf(request)`. Throws `gateway_refused` or `gateway_token_revoked`. */
export function gatewayOnly(deps: Pick<Deps, 'db' | 'clock'>): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const found = await authenticateGateway(deps, request.headers.authorization);
    rememberActor(request, `gateway:${found.gateway.id}`);
    known.set(request, found);
  };
}

/** The gateway that `gatewayOnly` found, and its token. */
export function gatewayOf(request: FastifyRequest): Authenticated {
  const found = known.get(request);
  if (!found) throw new GatehouseError('gateway_refused');
  return found;
}
