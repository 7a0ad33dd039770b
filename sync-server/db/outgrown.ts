/**
 * Whether a newer release has given the database a shape that this process does not know, while it was running. From then
 * on it writes nothing: PostgreSQL itself refuses, whatever the statement. What had been begun before ends as it would.
 */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import { migrationNames } from './migrate.ts';

export interface Outgrown {
  /** The first migration that is not known; null while all are. */
  by(): string | null;
  /** Told which migrations there are. True once: where the first one is not known. */
  notice(applied: readonly string[]): boolean;
}

export function createOutgrown(): Outgrown {
  let unknown: string | null = null;
  return {
    by: () => unknown,
    notice(applied) {
      if (unknown !== null) return false;
      unknown = applied.find((name) => !migrationNames.includes(name)) ?? null;
      return unknown !== null;
    },
  };
}

/** The pool, whose connections only read once the database is outgrown. Costs nothing before. */
export function readingOnceOutgrown(pool: PostgresPool, outgrown: Pick<Outgrown, 'by'>): PostgresPool {
  return {
    ...(pool.Client ? { Client: pool.Client } : {}),
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      if (outgrown.by() === null) return client;
      try {
        await client.query('set default_transaction_read_only = on', []);
      } catch (error) {
        client.release(true);
        throw error;
      }
      return new Reader(client);
    },
  };
}

/** PostgreSQL's code of what a transaction that only reads is asked to write. */
const readOnly = '25006';

/** Names the reason where something was to be written. */
class Reader implements PostgresPoolClient {
  readonly #client: PostgresPoolClient;

  constructor(client: PostgresPoolClient) {
    this.#client = client;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    query: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    return typeof query === 'string' ? this.#ask<R>(query, parameters) : this.#client.query(query);
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy);
  }

  async #ask<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    try {
      return await this.#client.query<R>(sql, parameters);
    } catch (cause) {
      if (!(cause instanceof Error) || !('code' in cause) || cause.code !== readOnly) throw cause;
      throw new GatehouseError('migrations_differ', { cause });
    }
  }
}
