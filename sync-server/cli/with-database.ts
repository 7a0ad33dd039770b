/**
 * Commands work on the database itself, with the same commits as the server; NOTIFY tells running servers of them. Where
 * a server of this folder is running, its database is used; else the database is started for as long as the command takes.
 */
import { headSeq } from '../changelog/listen.ts';
import { withOrigin } from '../changelog/origin.ts';
import { createWake } from '../changelog/wake.ts';
import { parseSettings, settle, type Settings } from '../config/config.ts';
import type { Deps } from '../config/deps.ts';
import { createLog } from '../config/log.ts';
import { openDatabase, type OpenDatabase, type Shape } from '../database.ts';
import { DatabaseError } from '../db/embedded/errors.ts';
import { runningDatabase } from '../db/embedded/running.ts';
import { createDeps } from '../parts.ts';
import { fittingKey } from '../secrets/fitting-key.ts';
import { createSealer } from '../secrets/seal.ts';
import { databaseFlags, type DatabaseFlags } from './options.ts';

type Work<T> = (deps: Deps) => Promise<T>;

/**
 * Throws `DatabaseError`, or what PostgreSQL says where it cannot be reached.
 * @param shape only what fills an empty portal may make one: a mistyped folder is no new portal
 */
export async function withDatabase<T>(
  flags: DatabaseFlags,
  work: Work<T>,
  shape: Shape = 'present',
): Promise<T> {
  return over(flags, (settings, log) => open(settings, log, shape), work);
}

/**
 * For work that no server may be in the middle of: over one connection. Throws `DatabaseError` `database_in_use` where this
 * folder's server is running; whether others are connected to the database is left to the work (`assertUnused`).
 */
export async function withDatabaseAlone<T>(flags: DatabaseFlags, work: Work<T>): Promise<T> {
  return over(
    flags,
    (settings, log) => openDatabase(settings, log, lostBy(log), { shape: 'present', max: 1 }),
    work,
  );
}

async function over<T>(
  flags: DatabaseFlags,
  opening: (settings: Settings, log: Deps['log']) => Promise<OpenDatabase>,
  work: Work<T>,
): Promise<T> {
  const settings = parseSettings(databaseFlags(flags), process.env);
  const log = createLog('error', process.stderr);
  const database = await opening(settings, log);
  try {
    const { db, pool, outgrown } = database;
    const wake = createWake(await headSeq(db));
    const config = settle(settings, settings.port);
    // Only a command that seals or opens something needs the key; with another's it changes nothing.
    const sealer = createSealer(() => fittingKey(db, config));
    const deps = createDeps({ db, pool, wake, outgrown, log, config, sealer, clock: Date.now });
    return await withOrigin({ address: 'cli' }, () => work(deps));
  } finally {
    await database.close();
  }
}

function lostBy(log: Deps['log']): () => void {
  return () => {
    log.error('the database ended by itself');
  };
}

async function open(settings: Settings, log: Deps['log'], shape: Shape): Promise<OpenDatabase> {
  const lost = lostBy(log);
  try {
    return await openDatabase(settings, log, lost, { shape });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'database_in_use') throw error;
    const databaseUrl = await runningDatabase(settings.dataDir, log);
    return openDatabase({ ...settings, databaseUrl }, log, lost, { shape });
  }
}
