/** Devices and admins over the Admin API: one's own devices for everybody, everybody's for owners. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { adminPaths, type AdminList, type DeviceList } from '../../domain/wire/admin.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import { adminOnly, sessionOf } from './access.ts';
import { listAdmins, listDevices } from './listing.ts';
import { deactivateAdmin, reactivateAdmin, removeAdmin, resetSecondFactor, revokeDevice } from './people.ts';

const idSchema = z.strictObject({ id: z.uuid() });

function causeOf(request: FastifyRequest): Cause {
  const { admin, device } = sessionOf(request);
  return { actor: `admin:${admin.id}`, ...(device === null ? {} : { device }) };
}

export function peopleRoutes(deps: Pick<Deps, 'db' | 'clock' | 'commit'>): FastifyPluginAsync {
  const { db, commit } = deps;
  const everyone = { onRequest: adminOnly(deps, 'product-owner') };
  const owners = { onRequest: adminOnly(deps, 'owner') };

  /** Whose devices: an owner's answer holds all, anybody else's their own. */
  const whose = (request: FastifyRequest): string | null => {
    const { admin } = sessionOf(request);
    return admin.role === 'owner' ? null : admin.id;
  };

  return async (app) => {
    app.get(adminPaths.devices, everyone, async (request): Promise<DeviceList> => ({
      devices: await listDevices(db, whose(request)),
    }));

    app.delete(`${adminPaths.devices}/:id`, everyone, async (request, reply) => {
      const { id: device } = parse(idSchema, request.params);
      await commit((change) => revokeDevice(change, { device, adminId: whose(request) }, causeOf(request)));
      return reply.status(204).send();
    });

    app.get(adminPaths.admins, owners, async (): Promise<AdminList> => ({ admins: await listAdmins(db) }));

    type Act = (change: Change, adminId: string, cause: Cause) => Promise<void>;
    const acts: readonly (readonly ['DELETE' | 'POST', string, Act])[] = [
      ['DELETE', '', removeAdmin],
      ['POST', '/deactivate', deactivateAdmin],
      ['POST', '/reactivate', reactivateAdmin],
      ['POST', '/reset-second-factor', resetSecondFactor],
    ];
    for (const [method, path, act] of acts) {
      app.route({
        method,
        url: `${adminPaths.admins}/:id${path}`,
        ...owners,
        async handler(request, reply) {
          const { id } = parse(idSchema, request.params);
          await commit((change) => act(change, id, causeOf(request)));
          return reply.status(204).send();
        },
      });
    }
  };
}
