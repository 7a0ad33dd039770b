/** Who may call the Gateway API: a gateway with its token, looked at before anything else of a request is read. */
import type { FastifyRequest } from 'fastify';
import type { Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';
import { rememberActor } from '../http/actor.ts';
import { authenticateGateway } from './tokens.ts';

const gateways = new WeakMap<FastifyRequest, Row<'gateway'>>();

/** A hook for `onRequest`; the handler then asks `gatewayOf(request)`. Throws `gateway_refused`. */
export function gatewayOnly(db: Db): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const gateway = await authenticateGateway(db, request.headers.authorization);
    rememberActor(request, `gateway:${gateway.id}`);
    gateways.set(request, gateway);
  };
}

/** The gateway that `gatewayOnly` found. */
export function gatewayOf(request: FastifyRequest): Row<'gateway'> {
  const gateway = gateways.get(request);
  if (!gateway) throw new GatehouseError('gateway_refused');
  return gateway;
}
