/** Opens the server's truth: its own embedded PostgreSQL, or the operator's; durable, and of a shape that is known. */
import type { ClientBase, ClientConfig, Pool } from 'pg';
import type { Logger } from 'pino';
import { errors } from '../domain/error-codes.ts';
import type { Settings } from './config/config.ts';
import { createDb, createPool } from './db/connect.ts';
import { assertDurable } from './db/durability.ts';
import { DatabaseError } from './db/embedded/errors.ts';
import { hasDatabase } from './db/embedded/location.ts';
import { startEmbeddedPostgres, type EmbeddedOptions } from './db/embedded/start.ts';
import { createOutgrown, type Outgrown } from './db/outgrown.ts';
import { assertKnown, migrate, migrationNames } from './db/migrate.ts';
import type { Db } from './db/schema.ts';

export interface OpenDatabase {
  /** For connections outside the pool. */
  readonly connection: ClientConfig;
  readonly pool: Pool;
  readonly db: Db;
  readonly outgrown: Outgrown;
  close(): Promise<void>;
}

/**
 * What becomes of a database that is not there, or of an earlier release's shape: `make` makes it and brings it up to date;
 * `present` refuses both; `as it is` takes the earlier shape as well. Whoever only looks, or mistyped where, changes nothing.
 */
export type Shape = 'make' | 'present' | 'as it is';

export interface OpenOptions {
  readonly shape: Shape;
  /** How many connections the pool may have; else as many as a server needs. */
  readonly max?: number;
}

/** Throws `DatabaseError`, or what PostgreSQL says where it cannot be reached. */
export async function openDatabase(
  settings: Pick<Settings, 'dataDir' | 'databaseUrl'>,
  log: Logger,
  onExit: EmbeddedOptions['onExit'],
  { shape, max }: OpenOptions,
): Promise<OpenDatabase> {
  const { dataDir, databaseUrl } = settings;
  if (shape !== 'make' && databaseUrl === null && !(await hasDatabase(dataDir))) throw missing(dataDir);
  const embedded = databaseUrl === null ? await startEmbeddedPostgres({ dataDir, log, onExit }) : null;
  const connection: ClientConfig = embedded
    ? embedded.connection
    : { connectionString: databaseUrl ?? '', application_name: 'gatehouse' };
  // Each connection anew: the role, the database or the whole server may be set otherwise by the time it is made.
  const onConnect = (client: ClientBase): Promise<void> => assertDurable(client);
  const options = { ...connection, ...(max === undefined ? {} : { max }), onConnect };
  const pool = createPool(options);
  pool.on('error', (error) => {
    log.warn({ err: error }, 'lost an idle database connection');
  });
  const outgrown = createOutgrown();
  const db = createDb(pool, outgrown);
  const close = async (): Promise<void> => {
    await db.destroy();
    await embedded?.stop();
  };
  try {
    await (shape === 'make' ? migrate(db) : assertShape(db, shape, settings));
  } catch (error) {
    await close();
    throw error;
  }
  return { connection, pool, db, outgrown, close };
}

async function assertShape(
  db: Db,
  shape: Exclude<Shape, 'make'>,
  { dataDir, databaseUrl }: Pick<Settings, 'dataDir' | 'databaseUrl'>,
): Promise<void> {
  const applied = await assertKnown(db);
  const last = applied.at(-1);
  if (last === undefined) throw missing(databaseUrl === null ? dataDir : 'the database');
  if (shape === 'as it is' || applied.length === migrationNames.length) return;
  throw new DatabaseError(
    'migrations_differ',
    `The database has the shape of an earlier Gatehouse (${last}); nothing was changed.`,
    'Make a backup, then start the server of this release once: it brings the database up to date. Or use the release that made it.',
  );
}

function missing(where: string): DatabaseError {
  const message = `There is no portal in ${where}; nothing was made.`;
  return new DatabaseError('portal_missing', message, errors.portal_missing.mend);
}
