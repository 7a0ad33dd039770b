/** Puts the features' dependencies together over an open database. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { rememberNames } from './audit/names.ts';
import { createCommit, type Projection } from './changelog/commit.ts';
import type { Wake } from './changelog/wake.ts';
import { writeClosings } from './closings/log.ts';
import type { Config } from './config/config.ts';
import type { Deps } from './config/deps.ts';
import type { Outgrown } from './db/outgrown.ts';
import type { Db } from './db/schema.ts';
import { endSessions } from './developers/sessions.ts';
import { projectGateways } from './gateways/projection.ts';
import { createMailQueue } from './mail/outbox.ts';
import { createMetrics } from './metrics/metrics.ts';
import { projectScopes } from './scopes/projection.ts';
import type { Sealer } from './secrets/seal.ts';
import { projectWebhooks } from './webhooks/projection.ts';

/** What follows from changed rows, in the same commit. */
export const projections: readonly Projection[] = [
  projectGateways,
  projectScopes,
  endSessions,
  rememberNames,
  projectWebhooks,
];

export interface Ground {
  readonly db: Db;
  readonly pool: Pool;
  readonly wake: Wake;
  readonly outgrown: Outgrown;
  readonly log: Logger;
  readonly config: Config;
  readonly sealer: Sealer;
  readonly clock: () => number;
}

export function createDeps(ground: Ground): Deps {
  const { db, clock, wake, config } = ground;
  const metrics = createMetrics();
  const observe = metrics.committed;
  const beforeDurable = writeClosings(config.closingsLog, async (file) => {
    const done = metrics.closings.startTimer();
    await file.datasync();
    done();
  });
  const commit = createCommit({ db, clock, projections, beforeDurable, committed: wake.notify, observe });
  return { ...ground, commit, mail: createMailQueue(ground.sealer), metrics };
}
