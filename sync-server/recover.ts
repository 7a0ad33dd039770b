/** A whole restore: the database started for it, its closings read, and carried along to where the server will look. */
import { createCommit } from './changelog/commit.ts';
import { restoreBackup, type Restored } from './backup/restore.ts';
import { carryClosings } from './closings/keep.ts';
import { readClosings } from './closings/read.ts';
import type { Settings } from './config/config.ts';
import { createLog } from './config/log.ts';
import { createPool } from './db/connect.ts';
import { assertDurable } from './db/durability.ts';
import { startEmbeddedPostgres } from './db/embedded/start.ts';
import { projections } from './parts.ts';

export interface RecoverOptions {
  readonly file: string;
  /** A closings log, or a folder of them; the server's own where it is left out. */
  readonly closings?: string | undefined;
  readonly replace?: boolean | undefined;
  readonly acceptReopened?: boolean | undefined;
}

/** Throws what `restoreBackup` does, `closings_damaged`, or `DatabaseError`; nothing is changed then. */
export async function recover(
  settings: Pick<Settings, 'dataDir' | 'databaseUrl' | 'closingsLog'>,
  { file, closings: elsewhere, replace = false, acceptReopened = false }: RecoverOptions,
): Promise<Restored> {
  const { dataDir, databaseUrl, closingsLog } = settings;
  const log = createLog('error', process.stderr);
  const onExit = (): void => log.error('the database ended by itself');
  const embedded = databaseUrl === null ? await startEmbeddedPostgres({ dataDir, log, onExit }) : null;
  try {
    const connection = embedded?.connection ?? { connectionString: databaseUrl ?? '' };
    const pool = createPool({ ...connection, max: 1 });
    pool.on('error', () => undefined);
    await assertDurable(pool).finally(() => pool.end());
    return await restoreBackup({
      connection,
      file,
      closingsOf: (history) => readClosings(elsewhere ?? closingsLog, history),
      // Should the restore fail after this: what the log holds too much of is left out by whoever reads it.
      keepClosings: (history, kept) => carryClosings(closingsLog, history, kept),
      replace,
      acceptReopened,
      clock: Date.now,
      commitOver: (db) => createCommit({ db, clock: Date.now, projections, committed: () => undefined }),
    });
  } finally {
    await embedded?.stop();
  }
}
