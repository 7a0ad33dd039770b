/** A whole restore: the database started for it, its closings read, and carried along to where the server will look. */
import type { ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { loadCheckpointKey } from './audit/checkpoint-key.ts';
import { startCheckpoints, type CheckpointSettings } from './audit/checkpointer.ts';
import { createCommit } from './changelog/commit.ts';
import { headSeq } from './changelog/listen.ts';
import { createWake } from './changelog/wake.ts';
import { restoreBackup, type Restored } from './backup/restore.ts';
import { carryClosings } from './closings/keep.ts';
import { readClosings } from './closings/read.ts';
import type { Settings } from './config/config.ts';
import { createLog } from './config/log.ts';
import { createDb, createPool } from './db/connect.ts';
import { assertDurable } from './db/durability.ts';
import { startEmbeddedPostgres } from './db/embedded/start.ts';
import { projections } from './parts.ts';
import { adoptSecrets } from './secrets/adopt.ts';
import type { KeyPlace } from './secrets/key-files.ts';

export interface RecoverOptions {
  readonly file: string;
  /** A closings log, or a folder of them; the server's own where it is left out. */
  readonly closings?: string | undefined;
  readonly replace?: boolean | undefined;
  readonly acceptReopened?: boolean | undefined;
}

/** Where the database, its log of closings, its checkpoints and its key are. */
export type RecoverSettings = Pick<Settings, 'databaseUrl' | 'closingsLog'> & CheckpointSettings & KeyPlace;

/** Throws what `restoreBackup` does, `closings_damaged`, or `DatabaseError`; nothing is changed then. */
export async function recover(
  settings: RecoverSettings,
  { file, closings: elsewhere, replace = false, acceptReopened = false }: RecoverOptions,
): Promise<Restored> {
  const { dataDir, databaseUrl, closingsLog } = settings;
  const log = createLog('error', process.stderr);
  const onExit = (): void => log.error('the database ended by itself');
  const embedded = databaseUrl === null ? await startEmbeddedPostgres({ dataDir, log, onExit }) : null;
  try {
    const connection = embedded?.connection ?? { connectionString: databaseUrl ?? '' };
    const pool = createPool({ ...connection, max: 1 });
    await assertDurable(pool).finally(() => pool.end());
    const restored = await restoreBackup({
      connection,
      file,
      closingsOf: (history) => readClosings(elsewhere ?? closingsLog, history),
      // Should the restore fail after this: what the log holds too much of is left out by whoever reads it.
      keepClosings: (history, kept) => carryClosings(closingsLog, history, kept),
      adoptSecrets: (change) => adoptSecrets(change, settings),
      replace,
      acceptReopened,
      clock: Date.now,
      commitOver: (db) => createCommit({ db, clock: Date.now, projections, committed: () => undefined }),
    });
    await attest(connection, settings, log);
    return restored;
  } finally {
    await embedded?.stop();
  }
}

/** Says outside of the database, as its server would, that this log goes on from what it gave up. */
async function attest(connection: ClientConfig, settings: RecoverSettings, log: Logger): Promise<void> {
  const db = createDb(createPool({ ...connection, max: 1 }));
  try {
    const key = await loadCheckpointKey(settings.dataDir);
    const wake = createWake(await headSeq(db));
    const checkpoints = await startCheckpoints({ db, wake, log, clock: Date.now, key }, settings);
    await checkpoints.stop();
  } finally {
    await db.destroy();
  }
}
