/** Plays many schedules, shared out among processes, on one database server. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { createDb, createPool } from '../../sync-server/db/connect.ts';
import { migrate } from '../../sync-server/db/migrate.ts';
import { startTestServer, withoutSync, type TestServer } from '../../sync-server/db/testing.ts';
import type { Schedule } from './episode.ts';

export interface Simulation {
  /** The first seed. */
  readonly from: number;
  /** How many, one after the other. */
  readonly seeds: number;
  /** How many processes share them. */
  readonly workers: number;
  readonly played: (schedule: Schedule) => void;
}

/** One plan for each prepared statement, the same in the first schedule as in the thousandth. */
const settings = { ...withoutSync, plan_cache_mode: 'force_generic_plan' } as const;

const scheduleSchema = z.object({
  seed: z.int(),
  tally: z.object({
    cases: z.int(),
    lost: z.int(),
    doubled: z.int(),
    unauthorised: z.int(),
    findings: z.array(z.string()),
  }),
  answered: z.int(),
  trace: z.array(z.string()),
});

async function runWorker(
  server: TestServer,
  seeds: readonly number[],
  played: (schedule: Schedule) => void,
): Promise<void> {
  const worker = fork(join(import.meta.dirname, 'worker.ts'));
  worker.on('message', (message) => played(scheduleSchema.parse(message)));
  const { connection, template } = server;
  worker.send({ server: { connection, template }, seeds });
  await once(worker, 'exit');
  if (worker.exitCode !== 0) throw new Error('a process of the simulation broke down');
}

/** Throws only where the simulation itself breaks. Each schedule depends on its seed alone. */
export async function simulate({ from, seeds, workers, played }: Simulation): Promise<void> {
  const server = await startTestServer(async (connection) => {
    const db = createDb(createPool(connection));
    await migrate(db);
    await db.destroy();
  }, settings);
  try {
    const all = Array.from({ length: seeds }, (_, index) => from + index);
    const shares = Array.from({ length: Math.min(workers, seeds) }, (_, worker) =>
      all.filter((_seed, index) => index % workers === worker),
    );
    await Promise.all(shares.map((share) => runWorker(server, share, played)));
  } finally {
    await server.stop();
  }
}
