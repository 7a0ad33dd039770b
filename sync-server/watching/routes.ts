/** For supervisors and Prometheus: alive, able to work, and how it goes. */
import type { FastifyPluginAsync } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import { failure } from '../../domain/errors.ts';
import type { Deps } from '../config/deps.ts';
import { sendFailure } from '../http/failures.ts';
import { metricsOnly } from './access.ts';
import { createGauges } from './gauges.ts';
import { unready } from './ready.ts';

/** They are asked every few seconds: their lines would hide the others. */
const quiet = { logLevel: 'warn' } as const;

export function watchingRoutes(deps: Omit<Deps, 'mail' | 'commit'>): FastifyPluginAsync {
  const { registry } = deps.metrics;
  return async (app) => {
    collectDefaultMetrics({ register: registry });
    const readGauges = createGauges(deps);

    app.get('/healthz', quiet, async () => ({ status: 'ok' }));

    app.get('/readyz', quiet, async (request, reply) => {
      const reason = await unready(deps);
      return reason === null ? { status: 'ready' } : sendFailure(request, reply, failure(reason));
    });

    app.get('/metrics', { ...quiet, onRequest: metricsOnly(deps.config) }, async (_request, reply) => {
      await readGauges();
      return reply.type(registry.contentType).send(await registry.metrics());
    });
  };
}
