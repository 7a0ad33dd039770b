/**
 * One of the sync-servers: the real features that desks and gateways talk to, on the shared database, without a port. What
 * it would hear from PostgreSQL about other processes' commits, the simulated network brings.
 */
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { AppDeps } from '../../sync-server/app.ts';
import { headSeq } from '../../sync-server/changelog/listen.ts';
import { createWake, type Wake } from '../../sync-server/changelog/wake.ts';
import { ensureClosingsLog } from '../../sync-server/closings/keep.ts';
import { parseSettings, settle } from '../../sync-server/config/config.ts';
import { createLog } from '../../sync-server/config/log.ts';
import { createDb } from '../../sync-server/db/connect.ts';
import { createOutgrown } from '../../sync-server/db/outgrown.ts';
import { createAuthority } from '../../sync-server/decisions/authority.ts';
import { decisionRoutes } from '../../sync-server/decisions/routes.ts';
import { gatewayRoutes } from '../../sync-server/gateways/routes.ts';
import { createHttp } from '../../sync-server/http/server.ts';
import { mailNotices } from '../../sync-server/mail/notify.ts';
import { createDeps } from '../../sync-server/parts.ts';
import { replicationRoutes } from '../../sync-server/replication/routes.ts';
import { sealerOf } from '../../sync-server/secrets/seal.ts';
import { loadServerKey } from '../../sync-server/signing/key.ts';
import { prepared } from './prepared.ts';
import type { Worker } from './quiet.ts';

export const publicUrl = 'http://gatehouse.test';

type Http = Awaited<ReturnType<typeof createHttp>>;

export interface ServerNode extends Worker {
  readonly number: number;
  readonly deps: AppDeps;
  readonly app: Http;
  /** Another process has committed. */
  readonly wake: Wake;
  close(): Promise<void>;
}

export interface ServerNeeds {
  readonly number: number;
  /** Outlives the server: connections are dear to make. */
  readonly pool: Pool;
  /** As an operator would give it: so that servers share what several of them share. */
  readonly databaseUrl: string;
  /** Of all servers: each has a data folder in it, and a log of closings beside the others'. */
  readonly folder: string;
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
  const { pool } = needs;
  const db = createDb(prepared(pool));
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
  const dataDir = join(needs.folder, `server-${number}`);
  const closingsLog = join(needs.folder, `closings-${number}.log`);
  const config = settle(
    parseSettings({ dataDir, closingsLog, publicUrl, databaseUrl: needs.databaseUrl }, {}),
    8080,
  );
  await ensureClosingsLog(db, closingsLog);
  const sealer = sealerOf(secretsKey);
  const ground = createDeps({ db, pool, wake, outgrown: createOutgrown(), log, config, sealer, clock });

  const key = await loadServerKey(db, sealer, new Date(clock()).toISOString());
  const deps: AppDeps = { ...ground, key };
  const app = await serve(deps);

  return {
    number,
    deps,
    app,
    wake: own,
    events: pool,
    busy: () => pool.waitingCount > 0 || pool.totalCount > pool.idleCount,
    close: () => app.close(),
  };
}

/** The features that desks and gateways talk to; the rest would only take its time to start. */
async function serve(deps: AppDeps): Promise<Http> {
  const { log, config, metrics } = deps;
  const decide = createAuthority(deps, mailNotices(config, deps.mail));
  const app = await createHttp({ log, tls: config.cookieSecure, metrics });
  await app.register(decisionRoutes({ ...deps, decide }));
  await app.register(replicationRoutes({ ...deps, decide }));
  await app.register(gatewayRoutes(deps));
  await app.ready();
  return app;
}
