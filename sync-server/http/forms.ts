/** Bodies as browsers' forms send them, for the few addresses that take them. */
import type { FastifyInstance } from 'fastify';

const formLimit = 16 * 1024;

/** Accepts `application/x-www-form-urlencoded` in this scope, as an object of texts. */
export function acceptFormBodies(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimit },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))));
    },
  );
}
