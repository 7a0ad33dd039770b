/** Headers that every answer carries unless its route says otherwise. */
import type { FastifyInstance } from 'fastify';

/** For answers that are data: nothing in them may run, be framed or be guessed to be something else. */
export const dataHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export function addSecurityHeaders(app: FastifyInstance, tls: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(dataHeaders).header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    if (tls) void reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
  });
}
