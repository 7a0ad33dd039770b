/** A feature's dependencies over a database of its own, for tests. */
import { createCommit, type Change, type Projection } from '../changelog/commit.ts';
import { createWake } from '../changelog/wake.ts';
import { createDb, createPool } from '../db/connect.ts';
import { createOutgrown } from '../db/outgrown.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { newKey } from '../secrets/key-files.ts';
import { sealerOf } from '../secrets/seal.ts';
import { parseSettings, settle, type Flags } from './config.ts';
import type { Deps, Mail } from './deps.ts';
import { createLog } from './log.ts';

export interface TestDeps {
  readonly deps: Deps;
  readonly database: TestDatabase;
  /** The clock that the features see: starts at the real time, moves by `advance` only. */
  readonly advance: (milliseconds: number) => void;
  /** Mails that were queued, in order. */
  readonly mails: Mail[];
  close(): Promise<void>;
}

export interface TestOptions {
  readonly flags?: Flags;
  readonly projections?: readonly Projection[];
}

export async function createTestDeps({ flags = {}, projections = [] }: TestOptions = {}): Promise<TestDeps> {
  const database = await createTestDatabase();
  const pool = createPool(database.connection);
  const outgrown = createOutgrown();
  const db = createDb(pool, outgrown);
  const wake = createWake();
  const mails: Mail[] = [];
  let time = Date.now();
  const clock = (): number => time;
  const queue = async (_change: Change, queued: readonly Mail[]): Promise<void> => {
    mails.push(...queued);
  };
  const metrics = createMetrics();
  const deps: Deps = {
    db,
    pool,
    commit: createCommit({ db, clock, projections, committed: wake.notify, observe: metrics.committed }),
    clock,
    log: createLog('silent'),
    config: settle(parseSettings(flags, {}), 8080),
    wake,
    outgrown,
    sealer: sealerOf(newKey()),
    mail: queue,
    metrics,
  };
  return {
    deps,
    database,
    advance: (milliseconds) => (time += milliseconds),
    mails,
    async close() {
      await db.destroy();
      // Kysely ends the pool only where it was asked something.
      if (!pool.ending) await pool.end();
      await database.drop();
    },
  };
}
