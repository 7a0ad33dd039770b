/** Replication as one feature: the feed of this process, the sync socket, pages and snapshots. */
import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { everything } from '../admins/sessions.ts';
import type { Deps } from '../config/deps.ts';
import type { DecideSlice } from '../decisions/authority.ts';
import { changesRoute } from './changes.ts';
import { startFeed } from './feed.ts';
import { snapshotRoutes } from './snapshot-routes.ts';
import { createSnapshots } from './snapshots.ts';
import { createSnapshotStore } from './store.ts';
import { syncRoute } from './sync.ts';

export interface ReplicationDeps extends Omit<Deps, 'mail' | 'commit'> {
  readonly decide: DecideSlice;
  /** How often a socket is asked whether it is there, and its session looked at. */
  readonly heartbeatMilliseconds?: number;
}

export function replicationRoutes(deps: ReplicationDeps): FastifyPluginAsync {
  return async (app) => {
    const feed = await startFeed(deps, everything, randomBytes(8).toString('hex'));
    app.addHook('onClose', () => feed.stop());
    const store = createSnapshotStore(deps.config.dataDir);
    const snapshots = createSnapshots({ ...deps, store, scope: everything });
    await app.register(syncRoute({ ...deps, feed }));
    await app.register(changesRoute(deps));
    await app.register(snapshotRoutes({ ...deps, snapshots, store }));
  };
}
