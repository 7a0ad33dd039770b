/**
 * Which products are watched: those that some product owner is limited to. For all others nothing is kept, so a portal
 * without product owners pays one look at an empty table.
 */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/schema.ts';
import { fillMembers } from './members.ts';

export async function watchedProducts(db: Transaction<Database>): Promise<string[]> {
  const watched = await db.selectFrom('watchedProducts').select('productId').execute();
  return watched.map(({ productId }) => productId);
}

/** After a change of admins at `seq`: begins and ends to watch. Members of what is new are filled in at once. */
export async function followAdmins(db: Transaction<Database>, seq: number): Promise<void> {
  const { rows } = await sql<{ productId: string }>`select distinct value::uuid as product_id
    from admins cross join jsonb_array_elements_text(product_ids) as value where role = 'product-owner'`.execute(
    db,
  );
  const wanted = new Set(rows.map(({ productId }) => productId));
  const present = new Set(await watchedProducts(db));
  const over = [...present].filter((id) => !wanted.has(id));
  const fresh = [...wanted].filter((id) => !present.has(id));
  if (over.length > 0) {
    await db.deleteFrom('watchedProducts').where('productId', 'in', over).execute();
    await db.deleteFrom('productMembers').where('productId', 'in', over).execute();
  }
  if (fresh.length > 0) {
    await db
      .insertInto('watchedProducts')
      .values(fresh.map((productId) => ({ productId, since: seq })))
      .execute();
    await fillMembers(db, fresh);
  }
}
