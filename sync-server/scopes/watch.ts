/**
 * Which products are watched: those that some product owner is limited to. For all others nothing is kept, so a portal
 * without product owners pays one look at an empty table.
 *
 * A product that begins to be watched is filled in before anybody looks through it, and one that is not watched any more is
 * cleared after nobody does: at once where it is small, else slice by slice (filler.ts), so that no commit waits for it.
 * Every commit meanwhile keeps the rows that it touches right, filled in or not. What is cleared is not filled in before
 * nothing is left: rows that nobody kept right must not count as filled in.
 */
import { sql, type Transaction } from 'kysely';
import { sessionsChannel } from '../changelog/notices.ts';
import type { Database } from '../db/schema.ts';
import { clearMembers, fillCatalog, fillRequests } from './members.ts';

/** Registrations that are filled in by one commit: a few times as long as a decision takes. */
export const sliceSize = 500;
/** Rows that are cleared in the time that one registration takes to be filled in, with room to spare. */
const clearedRows = 10;

/** Those that somebody is limited to at this moment, whatever is kept of them. */
async function ownedProducts(db: Transaction<Database>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ productId: string }>`select distinct value::uuid as product_id
    from admins cross join jsonb_array_elements_text(product_ids) as value where role = 'product-owner'`.execute(
    db,
  );
  return new Set(rows.map(({ productId }) => productId));
}

/** After a change of admins at `seq`: begins and ends to watch. */
export async function followAdmins(db: Transaction<Database>, seq: number, slice: number): Promise<void> {
  const owned = await ownedProducts(db);
  const kept = await db.selectFrom('watchedProducts').select(['productId', 'clearing']).execute();
  const known = new Set(kept.map(({ productId }) => productId));
  const over = kept.flatMap(({ productId, clearing }) =>
    clearing || owned.has(productId) ? [] : [productId],
  );
  const fresh = [...owned].filter((id) => !known.has(id));
  if (over.length + fresh.length === 0) return;
  await shut(db, over);
  if (fresh.length > 0) {
    const begun = { since: seq, open: false, filledTo: null, clearing: false };
    await db
      .insertInto('watchedProducts')
      .values(fresh.map((productId) => ({ productId, ...begun })))
      .execute();
    await fillCatalog(db, fresh);
  }
  await goOn(db, seq, slice);
}

/**
 * Where too much moves between products for one commit to keep up with: nobody looks through them until all that is kept of
 * them has been cleared and filled in anew.
 */
export async function beginAnew(db: Transaction<Database>, products: readonly string[]): Promise<void> {
  await shut(db, products);
  await announce(db, products);
}

/** From this commit on nobody looks through them; what is kept of them is cleared. */
async function shut(db: Transaction<Database>, products: readonly string[]): Promise<void> {
  if (products.length === 0) return;
  await db
    .updateTable('watchedProducts')
    .set({ open: false, filledTo: null, clearing: true })
    .where('productId', 'in', products)
    .execute();
}

/**
 * Clears and fills in the next slice, over several products where these are small, and opens those that are whole: a reader
 * who comes then begins at `seq`. False where nothing is left to be done. The caller holds the log's head.
 */
export async function goOn(db: Transaction<Database>, seq: number, slice: number): Promise<boolean> {
  return (await clearNext(db, slice * clearedRows)) || fillNext(db, seq, slice);
}

/** Whether anything is left to be cleared. What is cleared and still somebody's is filled in from its beginning. */
async function clearNext(db: Transaction<Database>, atMost: number): Promise<boolean> {
  const clearing = await db
    .selectFrom('watchedProducts')
    .select('productId')
    .where('clearing', '=', true)
    .orderBy('productId')
    .execute();
  if (clearing.length === 0) return false;
  const owned = await ownedProducts(db);
  let left = atMost;
  for (const { productId } of clearing) {
    const cleared = await clearMembers(db, productId, left);
    if (cleared === left) return true;
    left -= cleared;
    if (owned.has(productId)) {
      await db
        .updateTable('watchedProducts')
        .set({ clearing: false })
        .where('productId', '=', productId)
        .execute();
      await fillCatalog(db, [productId]);
    } else await db.deleteFrom('watchedProducts').where('productId', '=', productId).execute();
  }
  return false;
}

async function fillNext(db: Transaction<Database>, seq: number, slice: number): Promise<boolean> {
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
    await announce(db, [productId]);
  }
  return false;
}

/** Its owners' sockets are looked at, wherever they are: what they may see has changed. */
async function announce(db: Transaction<Database>, products: readonly string[]): Promise<void> {
  await sql`select pg_notify(${sessionsChannel}, id::text) from admins
    where role = 'product-owner' and product_ids ?| ${[...products]}::text[]`.execute(db);
}
