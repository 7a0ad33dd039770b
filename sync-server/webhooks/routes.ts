/** `/api/admin/v1/webhooks`: for owners. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  deliveriesQuerySchema,
  newWebhookSchema,
  webhookPatchSchema,
  webhooksPath,
  type Webhook,
  type WebhookSecret,
} from '../../domain/wire/webhooks.ts';
import { adminOnly, sessionOf } from '../admins/access.ts';
import type { Cause } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import { listDeliveries, redeliver } from './deliveries.ts';
import {
  addEndpoint,
  changeEndpoint,
  listEndpoints,
  oneEndpoint,
  removeEndpoint,
  rotateSecret,
} from './endpoints.ts';

const one = z.object({ id: z.uuid() });
const oneDelivery = z.object({ id: z.uuid(), delivery: z.uuid() });

function causeOf(request: FastifyRequest): Cause {
  const { admin, device } = sessionOf(request);
  return { actor: `admin:${admin.id}`, ...(device === null ? {} : { device }) };
}

export function webhookRoutes(deps: Omit<Deps, 'mail'>): FastifyPluginAsync {
  const { db } = deps;
  const owner = { onRequest: adminOnly(deps, 'owner') };
  const path = `${webhooksPath}/:id`;

  return async (app) => {
    app.get(webhooksPath, owner, async () => ({ webhooks: await listEndpoints(db) }));

    app.post(webhooksPath, owner, async (request, reply): Promise<Webhook & WebhookSecret> => {
      const given = parse(newWebhookSchema, request.body);
      const { id, secret } = await addEndpoint(deps, given, causeOf(request));
      void reply.status(201);
      return { ...(await oneEndpoint(db, id)), secret };
    });

    app.get(path, owner, (request): Promise<Webhook> => oneEndpoint(db, parse(one, request.params).id));

    app.patch(path, owner, async (request): Promise<Webhook> => {
      const { id } = parse(one, request.params);
      await changeEndpoint(deps, id, parse(webhookPatchSchema, request.body), causeOf(request));
      return oneEndpoint(db, id);
    });

    app.delete(path, owner, async (request, reply) => {
      await removeEndpoint(deps, parse(one, request.params).id, causeOf(request));
      return reply.status(204).send();
    });

    app.post(`${path}/secret`, owner, async (request): Promise<WebhookSecret> => {
      const { id } = parse(one, request.params);
      return { secret: await rotateSecret(deps, id, causeOf(request)) };
    });

    app.get(`${path}/deliveries`, owner, async (request) => {
      const { id } = await oneEndpoint(db, parse(one, request.params).id);
      return { deliveries: await listDeliveries(db, id, parse(deliveriesQuerySchema, request.query)) };
    });

    app.post(`${path}/redeliver`, owner, async (request) => {
      const { id } = await oneEndpoint(db, parse(one, request.params).id);
      return { count: await redeliver(deps, id, null, causeOf(request)) };
    });

    app.post(`${path}/deliveries/:delivery/redeliver`, owner, async (request) => {
      const { id, delivery } = parse(oneDelivery, request.params);
      return { count: await redeliver(deps, id, delivery, causeOf(request)) };
    });
  };
}
