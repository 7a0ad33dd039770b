/** The pool: one set of type conversions, so that rows look the same wherever they are read. */
import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { readingOnceOutgrown, type Outgrown } from './outgrown.ts';
import type { Database, Db } from './schema.ts';

const timestamptz = 1184;
const int8 = 20;
/** How long a connection is waited for, in milliseconds, before whoever wants it hears that there is none. */
const connectWithin = 20_000;

function conversions(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(timestamptz, (value: string) => new Date(value).toISOString());
  types.setTypeParser(int8, Number);
  return types;
}

/** A pool whose timestamps are ISO texts and whose 64-bit integers are numbers (sequence numbers stay below 2^53). */
export function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    max: 12,
    connectionTimeoutMillis: connectWithin,
    ...config,
    types: conversions(),
  });
  // A connection that breaks between two statements of a transaction has nobody who listens, and would end the process;
  // the next statement fails and says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // The same for one that is idle, or is just being closed while the database stops: the pool replaces it.
  pool.on('error', () => undefined);
  return pool;
}

const never: Pick<Outgrown, 'by'> = { by: () => null };

/** @param outgrown for what goes on running while others may bring the database up to date */
export function createDb(pool: PostgresPool, outgrown = never): Db {
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: readingOnceOutgrown(pool, outgrown) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}
