/** Opens the server's truth: its own embedded PostgreSQL, or the operator's; durable and at the present shape. */
import type { ClientConfig, Pool } from 'pg';
import type { Logger } from 'pino';
import type { Settings } from './config/config.ts';
import { createDb, createPool } from './db/connect.ts';
import { assertDurable } from './db/durability.ts';
import { startEmbeddedPostgres, type EmbeddedOptions } from './db/embedded/start.ts';
import { migrate } from './db/migrate.ts';
import type { Db } from './db/schema.ts';

export interface OpenDatabase {
  /** For connections outside the pool. */
  readonly connection: ClientConfig;
  readonly pool: Pool;
  readonly db: Db;
  close(): Promise<void>;
}

/** Throws `DatabaseError`, or what PostgreSQL says where it cannot be reached. */
export async function openDatabase(
  settings: Pick<Settings, 'dataDir' | 'databaseUrl'>,
  log: Logger,
  onExit: EmbeddedOptions['onExit'],
  /** How many connections the pool may have; else as many as a server needs. */
  max?: number,
): Promise<OpenDatabase> {
  const { dataDir, databaseUrl } = settings;
  const embedded = databaseUrl === null ? await startEmbeddedPostgres({ dataDir, log, onExit }) : null;
  const connection: ClientConfig = embedded
    ? embedded.connection
    : { connectionString: databaseUrl ?? '', application_name: 'gatehouse' };
  const pool = createPool(max === undefined ? connection : { ...connection, max });
  pool.on('error', (error) => {
    log.warn({ err: error }, 'lost an idle database connection');
  });
  const db = createDb(pool);
  const close = async (): Promise<void> => {
    await db.destroy();
    await embedded?.stop();
  };
  try {
    await assertDurable(pool);
    await migrate(db);
  } catch (error) {
    await close();
    throw error;
  }
  return { connection, pool, db, close };
}
