/**
 * What an earlier server left behind. Its database is stopped, not adopted: its output goes to a pipe that nobody reads
 * any more. A database that is in use, or that somebody else started, is never touched.
 */
import { constants } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseError, systemCode } from './errors.ts';
import { assertUnlocked } from './folder-lock.ts';
import type { DatabaseLog } from './log.ts';
import type { PostgresProcess } from './processes.ts';
import { postgresProcesses } from './processes.ts';
import { alive } from './scratch.ts';

/** A fast shutdown writes a checkpoint, which a slow disk may take long for. */
const shutdownPatience = 60_000;
/** Orphans end by themselves when they next look for their postmaster; one that computes does not look. */
const orphanPatience = 3_000;
const quitPatience = 5_000;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** Waits until none of `pids` is a process of the cluster; false when that takes longer than `patience`. */
async function gone(cluster: string, pids: readonly number[], patience: number): Promise<boolean> {
  const end = Date.now() + patience;
  for (;;) {
    const running = await postgresProcesses(cluster);
    if (!running.some(({ pid }) => pids.includes(pid))) return true;
    if (Date.now() > end) return false;
    await wait(20);
  }
}

/** Refuses a database that still has the server that started it, or that this program did not start. */
export function refuseIfInUse(cluster: string, postmaster: PostgresProcess): void {
  if (postmaster.owner === undefined) {
    throw new DatabaseError(
      'database_in_use',
      `A PostgreSQL that Gatehouse did not start (process ${postmaster.pid}) runs on ${cluster}.`,
      `Stop it (kill -INT ${postmaster.pid}), or choose another --data-dir.`,
    );
  }
  // A process whose parent ends gets another parent, so this is certain, also after pids have been used again.
  if (postmaster.owner === postmaster.parent) {
    throw new DatabaseError(
      'database_in_use',
      `Another server (process ${postmaster.owner}) uses the database in ${cluster}.`,
      'Use that one, stop it, or choose another --data-dir.',
    );
  }
}

async function stopPostmaster(cluster: string, { pid }: PostgresProcess, log: DatabaseLog): Promise<void> {
  log.info(`stopping the database that an earlier server left running (process ${pid})`);
  signal(pid, 'SIGINT');
  if (await gone(cluster, [pid], shutdownPatience)) return;
  log.warn(`process ${pid} does not stop; ending it at once (the database will recover)`);
  signal(pid, 'SIGQUIT');
  if (await gone(cluster, [pid], quitPatience)) return;
  throw new DatabaseError(
    'database_in_use',
    `A leftover database (process ${pid}) on ${cluster} does not stop.`,
    `End it (kill -KILL ${pid}), then start again.`,
  );
}

/**
 * Backends whose postmaster was killed: they hold its shared memory, and PostgreSQL refuses to start beside them. Nobody
 * hears their answers any more, so after a while they are told to quit; what they had not committed is rolled back.
 */
async function endOrphans(cluster: string, log: DatabaseLog): Promise<void> {
  const running = await postgresProcesses(cluster);
  const family = new Set(running.map(({ pid }) => pid));
  const orphans = running.filter(({ parent, postmaster }) => !postmaster && !family.has(parent));
  if (orphans.length === 0) return;
  const pids = orphans.map(({ pid }) => pid);
  log.info(`waiting for what a killed database left running (process ${pids.join(', ')})`);
  if (await gone(cluster, pids, orphanPatience)) return;
  for (const pid of pids) signal(pid, 'SIGQUIT');
  await gone(cluster, pids, quitPatience);
}

/**
 * A lock file without a PostgreSQL behind it. PostgreSQL refuses an empty one, and one whose pid is another program's by
 * now. The latter is not removed, since its other lines let PostgreSQL find orphans by their shared memory: it gets our
 * pid, which PostgreSQL, being our child, knows for stale.
 */
async function mendLock(cluster: string, log: DatabaseLog): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || (await postgresProcesses(cluster)).length > 0) return;
  const [first = '', ...others] = text.split('\n');
  if (text.trim() === '') {
    log.info('removing the empty lock file of a database that is not running');
    await rm(path, { force: true });
  } else if (alive(Number(first))) {
    // The folder is the account's: a link that it put there must not lead root elsewhere.
    const flag = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;
    await writeFile(path, [process.pid, ...others].join('\n'), { flag });
  }
}

/**
 * Makes way for a new start on `cluster`. Throws `database_in_use` if it is not ours to take. Answers whether the folder can
 * be locked.
 */
export async function clearLeftovers(cluster: string, log: DatabaseLog): Promise<boolean> {
  const postmaster = (await postgresProcesses(cluster)).find((found) => found.postmaster);
  if (postmaster) {
    refuseIfInUse(cluster, postmaster);
    await stopPostmaster(cluster, postmaster, log);
  }
  await endOrphans(cluster, log);
  // Before anything of it is touched: what is left now is not to be seen from here.
  const locks = await assertUnlocked(cluster);
  await mendLock(cluster, log);
  return locks;
}
