/** For supervisors: alive, and able to serve. */
import type { FastifyPluginAsync } from 'fastify';
import { sql } from 'kysely';
import type { Deps } from '../config/deps.ts';

export function healthRoutes({ db }: Pick<Deps, 'db'>): FastifyPluginAsync {
  return async (app) => {
    app.get('/healthz', { logLevel: 'warn' }, async () => ({ status: 'ok' }));
    // Throws `unavailable` where the database is away.
    app.get('/readyz', { logLevel: 'warn' }, async () => {
      await sql`select 1`.execute(db);
      return { status: 'ready' };
    });
  };
}
