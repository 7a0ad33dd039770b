/** All features' routes in one server, apart from listening: tests inject requests into it. */
import type { FastifyInstance } from 'fastify';
import type { Deps } from './config/deps.ts';
import { healthRoutes } from './http/health.ts';
import { createHttp } from './http/server.ts';

export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const { log, config } = deps;
  const app = createHttp({ log, tls: config.cookieSecure });
  await app.register(healthRoutes(deps));
  return app;
}
