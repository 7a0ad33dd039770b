/** `GET quarantine`: what was refused on sync sockets, for owners. */
import type { FastifyPluginAsync } from 'fastify';
import { quarantinePath, type QuarantineResponse } from '../../domain/wire/quarantine.ts';
import { adminOnly } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import { readQuarantine } from './store.ts';

export function quarantineRoutes(deps: Pick<Deps, 'db' | 'clock'>): FastifyPluginAsync {
  return async (app) => {
    app.get(quarantinePath, { onRequest: adminOnly(deps, 'owner') }, (): Promise<QuarantineResponse> =>
      readQuarantine(deps.db),
    );
  };
}
