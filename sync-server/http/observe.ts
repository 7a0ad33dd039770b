/**
 * One line in the log and one count for each answer. Both name the route's pattern, never the address itself: addresses
 * hold ids, names and, in query strings, codes and tokens.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { actorOf } from './actor.ts';

/** The pattern of the route that took it, e.g. `/api/admin/v1/snapshot/:id/:number`; null where none did. */
export function routeOf(request: FastifyRequest): string | null {
  return request.is404 ? null : (request.routeOptions.url ?? null);
}

/** Stands for all addresses that no route takes, as a label. */
export const noRoute = 'none';

export function observeRequests(app: FastifyInstance, metrics: Metrics | undefined): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const route = routeOf(request);
    const { statusCode: status, elapsedTime } = reply;
    const milliseconds = Math.round(elapsedTime * 10) / 10;
    request.log.info({ method, route, status, milliseconds, actor: actorOf(request) }, 'answered');
    metrics?.http.observe({ method, route: route ?? noRoute, status }, elapsedTime / 1000);
  });
}
