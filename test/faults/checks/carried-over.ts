/** A database of the PostgreSQL before, carried over by backup and restore. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeBackup } from '../../../sync-server/backup/make.ts';
import { asSaved, readRows, type Rows } from '../../../sync-server/backup/testing.ts';
import { createCommit } from '../../../sync-server/changelog/commit.ts';
import { ensureClosingsLog } from '../../../sync-server/closings/keep.ts';
import { createDb, createPool } from '../../../sync-server/db/connect.ts';
import { DatabaseError } from '../../../sync-server/db/embedded/errors.ts';
import { startEmbeddedPostgres } from '../../../sync-server/db/embedded/start.ts';
import { migrate } from '../../../sync-server/db/migrate.ts';
import { fillDemo } from '../../../sync-server/demo/fill.ts';
import { projections } from '../../../sync-server/parts.ts';
import { parseSettings } from '../../../sync-server/config/config.ts';
import { recover } from '../../../sync-server/recover.ts';
import { lacksOldPostgres, oldMajor, oldPostgres } from '../../support/old-postgres.ts';
import { serverFolder } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { compareTables } from '../restoring/same.ts';

const rowsEach = 6;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

interface Saved {
  readonly rows: Rows;
  readonly seq: number;
  readonly epoch: number;
}

/** What the release before did: a server's database on its PostgreSQL, and a backup of it. */
async function onTheOld(dataDir: string, file: string, run: Run): Promise<Saved> {
  const options = { dataDir, log: silent, onExit: () => undefined, program: oldPostgres };
  const database = await startEmbeddedPostgres(options);
  const pool = createPool(database.connection);
  try {
    const db = createDb(pool);
    await migrate(db);
    await ensureClosingsLog(db, join(dataDir, 'closings.log'));
    const deps = { db, clock: Date.now, projections, committed: () => undefined };
    const commit = createCommit(deps);
    const registrations = Math.ceil(run.cases / rowsEach);
    await fillDemo({ db, clock: Date.now, commit }, { registrations, seed: String(run.seed) });
    const { manifest } = await makeBackup(pool, file, new Date().toISOString());
    const { seq, epoch } = manifest;
    return { rows: await readRows(pool, asSaved(seq, epoch)), seq, epoch };
  } finally {
    await pool.end();
    await database.stop();
  }
}

/** The folder itself is not taken by this release, nor touched. */
async function refusesFolder(dataDir: string, findings: Findings): Promise<void> {
  const refusal = await startEmbeddedPostgres({ dataDir, log: silent, onExit: () => undefined }).then(
    (database) => database.stop(),
    (error: unknown) => error,
  );
  const right = refusal instanceof DatabaseError && refusal.code === 'database_version';
  if (!right)
    findings.add('unauthorised', `a folder of PostgreSQL ${oldMajor} was answered with ${String(refusal)}`);
}

async function carryOver(run: Run): Promise<Tally> {
  const findings = collectFindings();
  const [before, after] = [await serverFolder(), await serverFolder()];
  const file = join(before, 'before.backup');
  let rows = 0;
  try {
    const saved = await onTheOld(before, file, run);
    await refusesFolder(before, findings);
    await recover(parseSettings({ dataDir: after }, {}), { file, closings: join(before, 'closings.log') });
    const database = await startEmbeddedPostgres({ dataDir: after, log: silent, onExit: () => undefined });
    const pool = createPool(database.connection);
    const major = (await readFile(join(database.folder, 'PG_VERSION'), 'utf8')).trim();
    if (major === oldMajor) findings.add('lost', `it is still PostgreSQL ${major}`);
    rows = compareTables(saved.rows, await readRows(pool, asSaved(saved.seq, saved.epoch)), findings);
    await pool.end();
    await database.stop();
  } finally {
    for (const folder of [before, after]) await rm(folder, { recursive: true, force: true });
  }
  return findings.tally(rows);
}

export const carriedOver: Check = {
  name: 'carried-over',
  property: 'a database of PostgreSQL 17 is carried over to 18 by backup and restore, row by row',
  unit: 'rows',
  cases: 6_000,
  few: 1_200,
  missing: lacksOldPostgres,
  run: carryOver,
};
