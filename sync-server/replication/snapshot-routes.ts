/** `GET snapshot`: the manifest, then chunk after chunk; each can be asked for again, so a load can be resumed. */
import { createReadStream } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import type { Manifest } from '../../domain/wire/snapshot.ts';
import { adminOnly, sessionOf } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import type { Snapshots } from './snapshots.ts';
import type { SnapshotStore } from './store.ts';

const chunkParams = z.strictObject({
  id: z.string().regex(/^[0-9a-z-]{1,80}$/),
  number: z.coerce.number().int().min(0),
});

export interface SnapshotRouteDeps extends Pick<Deps, 'db' | 'clock'> {
  readonly snapshots: Snapshots;
  readonly store: SnapshotStore;
}

export function snapshotRoutes(deps: SnapshotRouteDeps): FastifyPluginAsync {
  const { snapshots, store } = deps;
  return async (app) => {
    const options = { onRequest: adminOnly(deps, 'product-owner') };

    app.get(adminPaths.snapshot, options, async (request): Promise<Manifest> => {
      const { scope, device } = sessionOf(request);
      const manifest = await snapshots.current(scope);
      // From here on this device's copy is one of this scope.
      if (device !== null) {
        await deps.db.updateTable('devices').set({ scope: scope.name }).where('id', '=', device).execute();
      }
      return manifest;
    });

    app.get(`${adminPaths.snapshot}/:id/:number`, options, async (request, reply) => {
      const { id, number } = parse(chunkParams, request.params);
      const manifest = await snapshots.find(sessionOf(request).scope, id);
      if (!manifest) throw new GatehouseError('snapshot_gone');
      const chunk = manifest.chunks[number];
      if (!chunk) throw new GatehouseError('not_found');
      const file = await store.chunkFile(id, number);
      const etag = `"${chunk.sha256}"`;
      void reply.header('etag', etag).header('cache-control', 'private, max-age=31536000, immutable');
      if (request.headers['if-none-match'] === etag) return reply.status(304).send();
      return reply
        .type('application/gzip')
        .header('content-length', chunk.bytes)
        .send(createReadStream(file));
    });
  };
}
