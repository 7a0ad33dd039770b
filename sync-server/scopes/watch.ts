/**
 * Which products are watched: those that some product owner is limited to. For all others nothing is kept, so a portal
 * without product owners pays one look at an empty table.
 *
 * A product that begins to be watched is filled in before anybody looks through it: at once where it is small, else slice
 * by slice (filler.ts), so that no commit waits for it. Every commit meanwhile keeps the rows that it touches right, filled
 * in or not.
 */
import { sql, type Transaction } from 'kysely';
import { sessionsChannel } from '../changelog/notices.ts';
import type { Database } from '../db/schema.ts';
import { fillCatalog, fillRequests } from './members.ts';

/** Registrations that are filled in by one commit: a few times as long as a decision takes. */
export const sliceSize = 500;

async function watchedProducts(db: Transaction<Database>): Promise<string[]> {
  const watched = await db.selectFrom('watchedProducts').select('productId').execute();
  return watched.map(({ productId }) => productId);
}

/** After a change of admins at `seq`: begins and ends to watch. */
export async function followAdmins(db: Transaction<Database>, seq: number, slice: number): Promise<void> {
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
      .values(fresh.map((productId) => ({ productId, since: seq, open: false, filledTo: null })))
      .execute();
    await fillCatalog(db, fresh);
    await fillNext(db, seq, slice);
  }
}

/**
 * Fills in the next slice, over several products where these are small, and opens those that are whole: a reader who comes
 * then begins at `seq`. False where nothing is left to be done. The caller holds the log's head.
 */
export async function fillNext(db: Transaction<Database>, seq: number, slice: number): Promise<boolean> {
  const unfilled = await db
    .selectFrom('watchedProducts')
    .select(['productId', 'filledTo'])
    .where('open', '=', false)
    .orderBy('productId')
    .execute();
  let left = slice;
  for (const { productId, filledTo } of unfilled) {
    const { size, to } = await fillRequests(db, productId, filledTo, left);
    const mine = db.updateTable('watchedProducts').where('productId', '=', productId);
    if (size === left) {
      await mine.set({ filledTo: to }).execute();
      return true;
    }
    left -= size;
    await mine.set({ open: true, filledTo: null, since: seq }).execute();
    await announce(db, productId);
  }
  return false;
}

/** Its owners' sockets are looked at, wherever they are: what they may see is more from now on. */
async function announce(db: Transaction<Database>, product: string): Promise<void> {
  await sql`select pg_notify(${sessionsChannel}, id::text) from admins
    where role = 'product-owner' and product_ids @> ${JSON.stringify([product])}::jsonb`.execute(db);
}
