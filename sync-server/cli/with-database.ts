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
import { openDatabase, type OpenDatabase } from '../database.ts';
import { DatabaseError } from '../db/embedded/errors.ts';
import { runningDatabase } from '../db/embedded/running.ts';
import { createDeps } from '../parts.ts';
import { fittingKey } from '../secrets/fitting-key.ts';
import { createSealer } from '../secrets/seal.ts';
import { databaseFlags, type DatabaseFlags } from './options.ts';

/** Throws `DatabaseError`, or what PostgreSQL says where it cannot be reached. */
export async function withDatabase<T>(flags: DatabaseFlags, work: (deps: Deps) => Promise<T>): Promise<T> {
  const settings = parseSettings(databaseFlags(flags), process.env);
  const log = createLog('error', process.stderr);
  const database = await open(settings, log);
  try {
    const { db, pool } = database;
    const wake = createWake(await headSeq(db));
    const config = settle(settings, settings.port);
    // Only a command that seals or opens something needs the key; with another's it changes nothing.
    const sealer = createSealer(() => fittingKey(db, config));
    const deps = createDeps({ db, pool, wake, log, config, sealer, clock: Date.now });
    return await withOrigin({ address: 'cli' }, () => work(deps));
  } finally {
    await database.close();
  }
}

async function open(settings: Settings, log: Deps['log']): Promise<OpenDatabase> {
  const lost = (): void => {
    log.error('the database ended by itself');
  };
  try {
    return await openDatabase(settings, log, lost);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'database_in_use') throw error;
    const databaseUrl = await runningDatabase(settings.dataDir, log);
    return openDatabase({ ...settings, databaseUrl }, log, lost);
  }
}
