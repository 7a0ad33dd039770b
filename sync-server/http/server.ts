/** An empty HTTP server with the manners that all features share. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import { fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { handleError } from './failures.ts';
import { addSecurityHeaders } from './headers.ts';
import { addNotFound } from './methods.ts';
import { rememberOrigins } from './origin.ts';

/** Bodies are small; a route that takes more says so. */
export const bodyLimit = 256 * 1024;

export interface HttpOptions {
  readonly log: FastifyBaseLogger;
  /** Whether people reach it over TLS. */
  readonly tls: boolean;
  /** What the router sees of an address; all of it by default. */
  readonly rewriteUrl?: (request: { readonly url?: string | undefined }) => string;
}

export async function createHttp({ log, tls, rewriteUrl }: HttpOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: log,
    bodyLimit,
    genReqId: () => randomUUID(),
    ...(rewriteUrl ? { rewriteUrl } : {}),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // Connections that wait for news are cut, so that closing does not wait for them.
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
  });
  // JSON only; a plain text would reach handlers as a string.
  app.removeContentTypeParser('text/plain');
  addNotFound(app);
  app.setErrorHandler(handleError);
  addSecurityHeaders(app, tls);
  rememberOrigins(app);
  await app.register(cookie);
  return app;
}
