/**
 * One of the sync-servers: the real one with all its routes, on the shared database, without a port. What it would hear
 * from PostgreSQL about other processes' commits, the simulated network brings.
 */
import { buildApp, type AppDeps } from '../../sync-server/app.ts';
import { headSeq } from '../../sync-server/changelog/listen.ts';
import { createWake, type Wake } from '../../sync-server/changelog/wake.ts';
import { parseSettings, settle } from '../../sync-server/config/config.ts';
import { createLog } from '../../sync-server/config/log.ts';
import { createDb, createPool } from '../../sync-server/db/connect.ts';
import type { TestDatabase } from '../../sync-server/db/testing.ts';
import { createDeps } from '../../sync-server/parts.ts';
import { sealerOf } from '../../sync-server/secrets/seal.ts';
import { loadServerKey } from '../../sync-server/signing/key.ts';
import type { Worker } from './quiet.ts';

export const publicUrl = 'http://gatehouse.test';

export interface ServerNode extends Worker {
  readonly number: number;
  readonly deps: AppDeps;
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  /** Another process has committed. */
  readonly wake: Wake;
  close(): Promise<void>;
}

export interface ServerNeeds {
  readonly number: number;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** Milliseconds since 1970, by this machine. */
  readonly clock: () => number;
  /** To tell the other processes. */
  readonly committed: (seq: number) => void;
  /** What the server takes for its own fault. */
  readonly onInternal: (line: string) => void;
}

/** Of all servers, as the operator of several gives it to them. */
const secretsKey = Buffer.alloc(32, 7);

export async function startServerNode(needs: ServerNeeds): Promise<ServerNode> {
  const { number, clock } = needs;
  const pool = createPool({ ...needs.database.connection, max: 5 });
  pool.on('error', () => undefined);
  const db = createDb(pool);
  const own = createWake(await headSeq(db));
  const wake: Wake = {
    ...own,
    notify: (seq) => {
      own.notify(seq);
      needs.committed(seq);
    },
  };
  const log = createLog('error', {
    write: (line) => needs.onInternal(line),
  });
  const config = settle(parseSettings({ dataDir: needs.dataDir, publicUrl }, {}), 8080);
  const sealer = sealerOf(secretsKey);
  const ground = createDeps({ db, pool, wake, log, config, sealer, clock });

  const key = await loadServerKey(db, sealer, new Date(clock()).toISOString());
  const deps: AppDeps = { ...ground, key };
  const app = await buildApp(deps);
  await app.ready();

  return {
    number,
    deps,
    app,
    wake: own,
    events: pool,
    busy: () => pool.waitingCount > 0 || pool.totalCount > pool.idleCount,
    close: async () => {
      await app.close();
      await db.destroy();
    },
  };
}
