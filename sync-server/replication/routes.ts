/** Replication as one feature: the feed of this process, the sync socket, pages and snapshots. */
import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { watchErasures } from '../audit/erasures.ts';
import type { Deps } from '../config/deps.ts';
import type { DecideSlice } from '../decisions/authority.ts';
import { quarantineRoutes } from '../quarantine/routes.ts';
import { createQuarantine } from '../quarantine/store.ts';
import { changesRoute } from './changes.ts';
import { epochsRoute } from './epochs.ts';
import { startFeeds } from './feeds.ts';
import { openReached } from './reached.ts';
import { snapshotRoutes } from './snapshot-routes.ts';
import { shareSnapshots } from './shared-store.ts';
import { createSnapshots } from './snapshots.ts';
import { createSnapshotStore } from './store.ts';
import type { SocketLimits } from './sockets.ts';
import { syncRoute } from './sync.ts';

export interface ReplicationDeps extends Omit<Deps, 'mail' | 'commit'> {
  readonly decide: DecideSlice;
  /** How often a socket is asked whether it is there, and its session looked at. */
  readonly heartbeatMilliseconds?: number;
  readonly limits?: Partial<SocketLimits>;
}

export function replicationRoutes(deps: ReplicationDeps): FastifyPluginAsync {
  const { config, db, clock } = deps;
  return async (app) => {
    const feeds = await startFeeds(deps, randomBytes(8).toString('hex'));
    app.addHook('onClose', () => feeds.stop());
    const files = createSnapshotStore(config.dataDir);
    // On the operator's own database other servers may be at work.
    const store = config.databaseUrl === null ? files : shareSnapshots(files, db, clock);
    const snapshots = createSnapshots({ ...deps, store });
    // What was made before somebody was erased holds their data; it is not handed out any more, and does not stay.
    const erasures = watchErasures(db, deps.wake, async (seq) => {
      const kept = (await files.list()).filter((manifest) => manifest.seq > seq);
      await files.retain(kept.map(({ id }) => id));
    });
    app.addHook('onClose', () => erasures.stop());
    const quarantine = createQuarantine(deps);
    app.addHook('onClose', () => quarantine.settled());
    const reached = openReached(deps);
    app.addHook('onClose', () => reached.stop());
    await app.register(syncRoute({ ...deps, feeds, quarantine, reached }));
    await app.register(quarantineRoutes(deps));
    await app.register(changesRoute({ ...deps, reached }));
    await app.register(epochsRoute(deps));
    await app.register(snapshotRoutes({ ...deps, snapshots, store }));
  };
}
