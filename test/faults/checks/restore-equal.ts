/** Backups of a server that goes on working, restored and held against what they should hold, row by row. */
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createCommit } from '../../../sync-server/changelog/commit.ts';
import { makeBackup, type MadeBackup } from '../../../sync-server/backup/make.ts';
import { restoreBackup, type Restored } from '../../../sync-server/backup/restore.ts';
import { asSaved, readRows } from '../../../sync-server/backup/testing.ts';
import { readClosings } from '../../../sync-server/closings/read.ts';
import { createPool } from '../../../sync-server/db/connect.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../sync-server/db/embedded/start.ts';
import { fillDemo } from '../../../sync-server/demo/fill.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { projections } from '../../../sync-server/parts.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { writeAll } from '../../../domain/write-all.ts';
import { serverFolder, startWhole, type Whole } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { compare, compareTables, foldLog, publishedRows } from '../restoring/same.ts';

/** Rows in all tables for one registration of the demo, about. */
const rowsEach = 6;
const damages = 24;
/** The least commits during a backup that is to show anything. */
const spanned = 5;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const now = (): string => new Date().toISOString();

interface Writing {
  readonly begun: Promise<void>;
  /** Commits so far. */
  readonly commits: () => number;
  readonly stop: () => Promise<void>;
}

/** Renames developers and moves applications, commit after commit, until told to stop. */
function keepWriting({ server }: Whole): Writing {
  const { commit } = server.deps;
  const first = Promise.withResolvers<void>();
  let going = true;
  let commits = 0;
  const write = async (): Promise<void> => {
    for (; going; commits++) {
      await commit(async (change) => {
        const by = { actor: 'system' };
        const developers = await change.db.selectFrom('developers').selectAll().limit(3).execute();
        const applications = await change.db.selectFrom('applications').selectAll().limit(3).execute();
        const next = <R extends { readonly name: string; readonly revision: number }>(row: R): R => ({
          ...row,
          name: `Renamed ${commits}`,
          revision: row.revision + 1,
        });
        await change.put('developer', developers.map(next), by);
        await change.put('application', applications.map(next), by);
      });
      first.resolve();
    }
  };
  const writing = write();
  const stop = (): Promise<void> => {
    going = false;
    return writing;
  };
  return { begun: first.promise, commits: () => commits, stop };
}

/** Another machine: an empty PostgreSQL. */
async function emptyDatabase(): Promise<EmbeddedPostgres & { readonly remove: () => Promise<void> }> {
  const dataDir = await serverFolder();
  const database = await startEmbeddedPostgres({ dataDir, log: silent, onExit: () => undefined });
  const remove = async (): Promise<void> => {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...database, remove };
}

interface Scene {
  readonly whole: Whole;
  readonly target: EmbeddedPostgres;
  readonly folder: string;
  readonly findings: Findings;
}

function restore({ whole, target }: Scene, file: string): Promise<Restored> {
  return restoreBackup({
    connection: target.connection,
    file,
    closingsOf: (history) => readClosings(whole.server.config.closingsLog, history),
    keepClosings: () => Promise.resolve(),
    adoptSecrets: () => Promise.resolve('fits'),
    replace: true,
    acceptReopened: false,
    clock: Date.now,
    commitOver: (db) => createCommit({ db, clock: Date.now, projections, committed: () => undefined }),
  });
}

async function withPool<T>(
  target: EmbeddedPostgres,
  work: (pool: ReturnType<typeof createPool>) => Promise<T>,
): Promise<T> {
  const pool = createPool(target.connection);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** One during which others did commit: where the machine lets nobody else have a turn, the next. */
async function spanningBackup(pool: Pool, file: string, commits: () => number): Promise<MadeBackup> {
  for (let tries = 0; tries < 20; tries++) {
    const before = commits();
    const made = await makeBackup(pool, file, now());
    if (commits() - before >= spanned) return made;
    await rm(file);
  }
  throw new Error('nobody could commit anything during a backup');
}

/** A backup while others write: each table as the log says it was at the backup's own place, none earlier or later. */
async function whileWriting(scene: Scene): Promise<number> {
  const { whole, target, folder, findings } = scene;
  const { pool } = whole.server.deps;
  const file = join(folder, 'busy.backup');
  const { begun, commits, stop } = keepWriting(whole);
  await begun;
  const { manifest } = await spanningBackup(pool, file, commits).finally(stop);
  const saved = await foldLog(pool, manifest.seq);
  await restore(scene, file);
  const restored = await withPool(target, publishedRows);
  let rows = 0;
  for (const [kind, images] of saved) {
    rows += compare(`${kind} while others wrote`, images, restored.get(kind) ?? [], findings);
  }
  return rows;
}

/** A backup with nobody about: every row of every table. */
async function atRest(scene: Scene): Promise<number> {
  const { whole, target, folder, findings } = scene;
  const { pool } = whole.server.deps;
  const file = join(folder, 'quiet.backup');
  const { manifest } = await makeBackup(pool, file, now());
  const only = asSaved(manifest.seq, manifest.epoch);
  const saved = await readRows(pool, only);
  await restore(scene, file);
  return compareTables(saved, await withPool(target, (there) => readRows(there, only)), findings);
}

/** The file cut short or with a bit changed, somewhere: refused as damaged, and the database as it was. */
async function damaged(scene: Scene, random: Random): Promise<number> {
  const { target, folder, findings } = scene;
  const whole = await readFile(join(folder, 'busy.backup'));
  const file = join(folder, 'damaged.backup');
  const before = await withPool(target, (pool) => readRows(pool));
  for (let number = 0; number < damages; number++) {
    const at = random.below(whole.length);
    await writeFile(file, number % 2 === 0 ? whole : whole.subarray(0, at));
    if (number % 2 === 0) await flip(file, at, whole[at] ?? 0);
    const refusal = await restore(scene, file).then(
      () => null,
      (error: unknown) => error,
    );
    if (refusal instanceof GatehouseError && refusal.code === 'backup_damaged') continue;
    findings.add('unauthorised', `damaged at byte ${at} of ${whole.length}, and answered ${String(refusal)}`);
  }
  const after = await withPool(target, (pool) => readRows(pool));
  return compareTables(before, after, findings);
}

async function flip(file: string, at: number, byte: number): Promise<void> {
  const handle = await open(file, 'r+');
  await writeAll(handle, Buffer.from([byte ^ 0x04]), at);
  await handle.close();
}

async function tryRestores(run: Run): Promise<Tally> {
  const findings = collectFindings();
  const whole = await startWhole();
  const target = await emptyDatabase();
  const folder = join(whole.dataDir, 'backups');
  await mkdir(folder);
  let rows = 0;
  try {
    await fillDemo(whole.server.deps, {
      registrations: Math.ceil(run.cases / 3 / rowsEach),
      seed: String(run.seed),
    });
    const scene: Scene = { whole, target, folder, findings };
    for (const part of [whileWriting, (one: Scene) => damaged(one, randomOf('damages', run.seed)), atRest]) {
      rows += await part(scene);
      run.progress(Math.min(rows, run.cases));
    }
  } finally {
    await target.remove();
    await whole.close();
  }
  return findings.tally(rows);
}

export const restoreEqual: Check = {
  name: 'restore-equal',
  property:
    'a restored database holds what was saved at one moment, row by row; a damaged backup changes nothing',
  unit: 'rows',
  cases: 60_000,
  few: 20_000,
  run: tryRestores,
};
