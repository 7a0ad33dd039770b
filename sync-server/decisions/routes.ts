/** `POST decisions`: the same path as an intent document, for automation and for answers that passed a desk by. */
import type { FastifyPluginAsync } from 'fastify';
import type { Outcome } from '../../domain/outcomes.ts';
import { adminPaths, decisionsRequestSchema } from '../../domain/wire/admin.ts';
import { adminOnly, deviceSessionOf } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import type { DecideSlice } from './authority.ts';

/** A thousand intents, each with the longest reason in the longest letters. */
const bodyLimit = 10 * 1024 * 1024;

export function decisionRoutes(
  deps: Pick<Deps, 'db' | 'clock'> & { readonly decide: DecideSlice },
): FastifyPluginAsync {
  return async (app) => {
    app.post(
      adminPaths.decisions,
      { onRequest: adminOnly(deps, 'product-owner'), bodyLimit },
      async (request): Promise<{ outcomes: Outcome[] }> => {
        const { admin, device } = deviceSessionOf(request);
        const { intents } = parse(decisionsRequestSchema, request.body);
        return { outcomes: await deps.decide({ adminId: admin.id, device }, intents) };
      },
    );
  };
}
