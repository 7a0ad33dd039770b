/** All features' routes in one server, apart from listening: tests inject requests into it. */
import type { FastifyInstance } from 'fastify';
import { authorizeRoutes } from './admins/authorize.ts';
import { adminRoutes } from './admins/routes.ts';
import type { Deps } from './config/deps.ts';
import { healthRoutes } from './http/health.ts';
import { createHttp } from './http/server.ts';

export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const { log, config } = deps;
  const app = await createHttp({ log, tls: config.cookieSecure });
  await app.register(healthRoutes(deps));
  await app.register(authorizeRoutes(deps));
  await app.register(adminRoutes(deps));
  return app;
}
