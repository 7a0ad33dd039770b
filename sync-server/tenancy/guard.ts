/** Hooks of a portal's addresses: cross-origin clients by allow-list, and no unsafe request from a foreign page. */
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import { allowedOrigins, refuseForeignOrigin } from './origins.ts';

/** Call it before the routes that it is to guard, in their own scope. */
export async function guardOrigins(app: FastifyInstance, config: Config): Promise<void> {
  const allowed = allowedOrigins(config.publicUrl, config.corsOrigins);
  app.addHook('onRequest', async ({ method, host, headers }) => {
    refuseForeignOrigin({ method, host, headers }, allowed);
  });
  await app.register(cors, {
    origin: (origin, answer) => {
      answer(null, origin !== undefined && allowed.has(origin) ? origin : false);
    },
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: 600,
  });
}
