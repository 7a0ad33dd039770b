/**
 * A pool whose statements PostgreSQL reads and plans once a connection, not each time: schedules ask the same few hundred
 * questions of small tables again and again, and reading a question takes longer than answering it.
 */
import { hash } from 'node:crypto';
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResultRow } from 'pg';

/** The pool as Kysely asks it. Who asks `pool` itself is not concerned. */
export function prepared(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => preparing(await pool.connect()),
    end: () => pool.end(),
  };
}

const commands = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COMMIT', 'ROLLBACK'] as const;

type Answer<R> = Promise<PostgresQueryResult<R>>;

function preparing(client: PoolClient): PostgresPoolClient {
  const ask = async <R>(text: string, values: readonly unknown[]): Answer<R> => {
    // The name says the text, so that whoever has the connection next knows what is prepared on it.
    const name = hash('sha256', text);
    const answer = await client.query<R & QueryResultRow>({
      name: name.slice(0, 40),
      text,
      values: [...values],
    });
    const command = commands.find((one) => one === answer.command) ?? 'SELECT';
    return { command, rowCount: answer.rowCount ?? 0, rows: answer.rows };
  };
  function query<R>(text: string, values: readonly unknown[]): Answer<R>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query<R>(
    what: string | PostgresCursor<R>,
    values: readonly unknown[] = [],
  ): Answer<R> | PostgresCursor<R> {
    if (typeof what !== 'string') throw new Error('nothing is read by a cursor here');
    return ask<R>(what, values);
  }
  return { query, release: (destroy) => client.release(destroy) };
}
