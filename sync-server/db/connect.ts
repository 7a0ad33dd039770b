/** The pool: one set of type conversions, so that rows look the same wherever they are read. */
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, Db } from './schema.ts';

const timestamptz = 1184;
const int8 = 20;

function typeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === timestamptz) return (value: string) => new Date(value).toISOString();
  if (oid === int8) return (value: string) => Number(value);
  return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
}

/** A pool whose timestamps are ISO texts and whose 64-bit integers are numbers (sequence numbers stay below 2^53). */
export function createPool(config: pg.PoolConfig): pg.Pool {
  return new pg.Pool({ max: 12, ...config, types: { getTypeParser: typeParser } });
}

export function createDb(pool: pg.Pool): Db {
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}
