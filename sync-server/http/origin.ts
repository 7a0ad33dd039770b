/** Says of all work that a request leads to where it comes from. */
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { withOrigin } from '../changelog/origin.ts';

const remember: onRequestHookHandler = (request, _reply, done) => {
  withOrigin({ address: request.ip, requestId: request.id }, done);
};

/**
 * Twice: a body is read on the socket's own events, after which what came before is forgotten
 * (https://github.com/nodejs/node/issues/34430).
 */
export function rememberOrigins(app: FastifyInstance): void {
  app.addHook('onRequest', remember);
  app.addHook('preValidation', remember);
}
