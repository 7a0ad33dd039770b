/**
 * A Kysely inside a transaction that is already open on one connection: what it takes for transactions are savepoints. So
 * migrations and commits run as they always do, and all of a restore becomes true at once or not at all.
 */
import {
  CamelCasePlugin,
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
} from 'kysely';
import type { PoolClient } from 'pg';
import type { Database, Db } from '../db/schema.ts';

const savepoint = 'within';

class SavepointDriver extends PostgresDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${savepoint}`));
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release savepoint ${savepoint}`));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to savepoint ${savepoint}`));
  }

  /** The connection stays its owner's. */
  override async releaseConnection(): Promise<void> {
    return Promise.resolve();
  }
}

/** Over `client`, whose transaction its owner has begun and will end. */
export function kyselyWithin(client: PoolClient): Db {
  const pool = { connect: () => Promise.resolve(client), end: () => Promise.resolve(), options: {} };
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new SavepointDriver({ pool }),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}
