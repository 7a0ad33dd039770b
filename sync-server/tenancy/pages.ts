/**
 * The portal's pages: static files, and one document for every address that is not a file, because the pages route
 * themselves. Every portal has the same ones; they ask the server which portal they are.
 */
import staticFiles from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';
import type { Config } from '../config/config.ts';
import { withoutQuery } from '../config/log.ts';

/** Scripts and styles come from here alone, nothing inline; trying an API calls its gateway, which may be anywhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' http: https:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The server's own addresses: what is not found there is not a page either. */
const reserved = /^\/(api|admin|dev)(\/|$)/;
const file = /\.[A-Za-z0-9]+$/;
/** Files that the build names by their content. */
const unchanging = /^\/assets\//;

export function pageRoutes({ pagesDir }: Pick<Config, 'pagesDir'>): FastifyPluginAsync {
  return async (app) => {
    await app.register(staticFiles, { root: pagesDir, serve: false, cacheControl: false });
    app.get('/*', async (request, reply) => {
      const path = withoutQuery(request.url);
      if (reserved.test(path)) {
        reply.callNotFound();
        return reply;
      }
      void reply.header('content-security-policy', policy);
      void reply.header('cache-control', unchanging.test(path) ? 'max-age=31536000, immutable' : 'no-cache');
      // A file that is not there is answered as not found.
      return reply.sendFile(file.test(path) ? path.slice(1) : 'index.html');
    });
  };
}
