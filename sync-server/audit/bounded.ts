/** Questions to the log, as the database is to go about them. */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';

/**
 * A question that takes long for whatever reason is given up rather than let the server work on. And a page by
 * an index is taken for as cheap as it is: else PostgreSQL would rather walk the whole log backwards, which a portal that
 * has been quiet for long makes a long way.
 */
const settings = sql`
  select set_config('statement_timeout', '5000', true), set_config('random_page_cost', '1.1', true)`;
const cancelled = '57014';

/** Throws `search_too_wide`. */
export async function bounded<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute(async (trx) => {
      await settings.execute(trx);
      return work(trx);
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === cancelled) {
      throw new GatehouseError('search_too_wide', {
        message: 'Nothing was found in time with these filters.',
      });
    }
    throw error;
  }
}
