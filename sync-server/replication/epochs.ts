/** `GET epochs`: which histories this one has come through, so that a device knows what a restore has taken back. */
import type { FastifyPluginAsync } from 'fastify';
import type { Lineage } from '../../domain/lineage.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { adminOnly } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';

export function epochsRoute(deps: Pick<Deps, 'db' | 'clock'>): FastifyPluginAsync {
  return async (app) => {
    app.get(
      adminPaths.epochs,
      { onRequest: adminOnly(deps, 'product-owner') },
      async (): Promise<{ readonly epochs: Lineage }> => ({
        epochs: await deps.db
          .selectFrom('epochs')
          .select(['epoch', 'startedAfter'])
          .orderBy('epoch')
          .execute(),
      }),
    );
  };
}
