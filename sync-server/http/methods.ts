/** Tells an address that does not exist from one that takes other methods. */
import type { FastifyInstance } from 'fastify';
import { failure } from '../../domain/errors.ts';
import { withoutQuery } from '../config/log.ts';
import { sendFailure } from './failures.ts';

interface Known {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** `/things/:id` → what matches it; a `*` matches everything, so it says nothing about methods. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+');
  return new RegExp(`^${escaped}/?$`);
}

/** Answers what no route takes: 405 with `allow`, or 404. Call it before any route is added. */
export function addNotFound(app: FastifyInstance): void {
  const routes: Known[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    if (!url.includes('*')) routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = withoutQuery(request.url);
    const allowed = new Set(routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])));
    if (allowed.size === 0) return sendFailure(request, reply, failure('not_found'));
    void reply.header('allow', [...allowed].sort().join(', '));
    return sendFailure(request, reply, failure('method_not_allowed'));
  });
}
