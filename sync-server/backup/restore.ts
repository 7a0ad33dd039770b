/**
 * Restores a backup, all of it in one transaction: the tables as they were, the present shape, a new epoch, and on top
 * everything that was closed since, so that an older backup brings no access back to life. Where anything is not as it
 * should be, the database stays as it was.
 */
import type { ClientConfig, Pool, PoolClient } from 'pg';
import { GatehouseError } from '../../domain/errors.ts';
import type { Change, Commit } from '../changelog/commit.ts';
import type { Cursor } from '../../domain/cursor.ts';
import type { KnownClosings } from '../closings/read.ts';
import { createPool } from '../db/connect.ts';
import type { Db } from '../db/schema.ts';
import type { Adopted } from '../secrets/adopt.ts';
import { assertUnused } from '../db/unused.ts';
import { endAgain, type EndedAgain } from './end-again.ts';
import { freshEpoch } from './epoch.ts';
import { assertKnownShape, bringUpToDate, loadTables } from './load.ts';
import type { BackupManifest } from './manifest.ts';
import { openBackup, type OpenBackup } from './open.ts';
import { listOpen } from './reopened.ts';
import { presentHead, readMark, writeMark } from './present.ts';
import { replayClosings } from './replay.ts';
import { completeSince, lastClosing, unaccounted, whatIsMissing } from './unaccounted.ts';
import { kyselyWithin } from './within.ts';

export interface RestoreNeeds {
  readonly connection: ClientConfig;
  readonly file: string;
  /** All that was ever closed in that history; null where nobody knows. */
  readonly closingsOf: (history: string) => Promise<KnownClosings | null>;
  /** Puts them where the server will look, before the database is another one. `since` as in `carryClosings`. */
  readonly keepClosings: (history: string, kept: KeptClosings) => Promise<void>;
  /** Gives up a database that is not empty. */
  readonly replace: boolean;
  /** Restores also where nobody knows what was closed since. */
  readonly acceptReopened: boolean;
  readonly clock: () => number;
  /** What the backup has sealed with a former key is sealed with the present one. */
  readonly adoptSecrets: (change: Change) => Promise<Adopted>;
  /** The server's own way to change things, with all that follows from a change. */
  readonly commitOver: (db: Db) => Commit;
}

export interface KeptClosings {
  readonly known: KnownClosings;
  readonly since: Cursor | null;
  readonly until: Cursor;
}

export interface Restored {
  readonly manifest: BackupManifest;
  readonly epoch: number;
  /** Rows that were closed again. */
  readonly closed: number;
  /** Passwords, second factors, tokens and what else ended after the backup, and has ended again. */
  readonly ended: readonly EndedAgain[];
  /** Whether the present key opens what the backup holds sealed. */
  readonly secrets: Adopted;
  /** Sign-ins that were ended: admins, developers and automation prove anew who they are. */
  readonly sessions: number;
}

/** How sessions of restores are called in PostgreSQL's list; servers are `gatehouse`. */
const applicationName = 'gatehouse-restore';
/** Servers on it would go on from what they remember of another history. */
const stopServers = 'Stop all servers on it, then restore.';

/**
 * Throws `backup_damaged`, `backup_newer`, `restore_not_empty`, `restore_reopens` (its fields say what would be open) or
 * `DatabaseError` `database_in_use`; nothing is changed then.
 */
export async function restoreBackup(needs: RestoreNeeds): Promise<Restored> {
  const backup = await openBackup(needs.file);
  const pool = createPool({ ...needs.connection, application_name: applicationName, max: 1 });
  try {
    assertKnownShape(backup.manifest.migrations);
    return await inTransaction(pool, (client) => restoreInto(client, backup, needs));
  } finally {
    await pool.end();
    await backup.close();
  }
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function restoreInto(client: PoolClient, backup: OpenBackup, needs: RestoreNeeds): Promise<Restored> {
  const { clock, replace, acceptReopened } = needs;
  const { manifest } = backup;
  const closings = await needs.closingsOf(manifest.history);
  const db = kyselyWithin(client);
  await assertUnused(db, stopServers);
  const present = await presentHead(client);
  if (present && present.seq > 0 && !replace) throw new GatehouseError('restore_not_empty');
  const known = [manifest, ...(present ? [present] : []), ...(closings?.closings ?? [])];
  const epoch = freshEpoch(
    known.map((one) => one.epoch),
    clock(),
  );

  await loadTables(client, db, backup);
  await bringUpToDate(db);
  const here = present?.history === manifest.history ? present.mark : null;
  const missing = whatIsMissing(manifest, closings, [await readMark(db), here]);
  if (missing !== null && !acceptReopened) throw await wouldReopen(db, missing);
  const startedAt = new Date(clock()).toISOString();
  await db.updateTable('logHead').set({ epoch }).execute();
  await db
    .insertInto('epochs')
    .values({ epoch, startedAfter: manifest.seq, startedAt, closingsReplayed: missing === null })
    .execute();
  const sessions = await endSessions(db);
  const { rows, ended: gone } = unaccounted(manifest, closings?.closings ?? []);
  const { closed, ended, secrets } = await needs.commitOver(db)(async (change) => {
    change.event({
      name: 'backup.restored',
      details: {
        madeAt: manifest.createdAt,
        epoch: manifest.epoch,
        seq: manifest.seq,
        closings: rows.length + gone.length,
      },
      cause: { actor: 'system' },
    });
    const closedAgain = await replayClosings(change, rows);
    const endedAgain = await endAgain(change, gone);
    return { closed: closedAgain, ended: endedAgain, secrets: await needs.adoptSecrets(change) };
  });
  await writeMark(db, closings && lastClosing(closings));
  if (closings) {
    const since = missing === null ? completeSince(closings) : null;
    await needs.keepClosings(manifest.history, {
      known: closings,
      since,
      until: { epoch, seq: manifest.seq },
    });
  }
  // Once more: whoever came in between would go on from the tables that are gone now.
  await assertUnused(db, stopServers);
  return { manifest, epoch, closed, ended, secrets, sessions };
}

/** As many as fit a screen or two. */
const shown = 50;

async function wouldReopen(db: Db, missing: string): Promise<GatehouseError> {
  const open = await listOpen(db);
  const more = open.length - shown;
  return new GatehouseError('restore_reopens', {
    message: `${missing}; ${open.length} keys and services would be open as they were then. Nothing was changed.`,
    fields: [...open.slice(0, shown), ...(more > 0 ? [{ field: '…', reason: `and ${more} more` }] : [])],
  });
}

/**
 * Who signed out, changed a password or was removed since is not known of each: everybody signs in anew. Links in mails
 * may have been used since, and are gone with them.
 */
async function endSessions(db: Db): Promise<number> {
  let ended = 0;
  for (const table of ['developerSessions', 'adminSessions'] as const) {
    const { numDeletedRows } = await db.deleteFrom(table).executeTakeFirst();
    ended += Number(numDeletedRows);
  }
  for (const table of ['adminPageSessions', 'adminSignIns', 'adminCodes', 'mailTokens'] as const) {
    await db.deleteFrom(table).execute();
  }
  return ended;
}
