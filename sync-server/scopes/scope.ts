/**
 * What an admin may see. Everybody but product owners sees everything; a product owner has a scope of their own, named by
 * admin, products and the moment since which each of these is watched: so a scope that was taken away and given again is
 * another one, and no reader goes on from a cursor that missed something in between. A product that is still being
 * filled in is not in it yet, and one that is cleared is not in it any more.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Rights } from '../../domain/rights.ts';
import type { Db } from '../db/schema.ts';

export interface Scope {
  /** On the wire, in file names and beside a device's copy. */
  readonly name: string;
  /** Null where everything may be seen. */
  readonly limit: Limit | null;
}

export interface Limit {
  readonly adminId: string;
  readonly productIds: readonly string[];
  /** The log says what this scope saw from here on; a cursor before it leads nowhere. */
  readonly since: number;
}

export const everything: Scope = { name: 'all', limit: null };

/** What this admin may see at this moment. */
export async function scopeOf(db: Db, admin: Rights & { readonly id: string }): Promise<Scope> {
  if (admin.role !== 'product-owner') return everything;
  const watched = await db
    .selectFrom('watchedProducts')
    .selectAll()
    .where('productId', '=', sql<string>`any(${[...admin.productIds]}::uuid[])`)
    .where('open', '=', true)
    .orderBy('productId')
    .execute();
  const lines = watched.map(({ productId, since }) => `${productId} ${since}`);
  const digest = createHash('sha256')
    .update([admin.id, ...lines].join('\n'))
    .digest('hex');
  return {
    name: `products-${digest.slice(0, 16)}`,
    limit: {
      adminId: admin.id,
      productIds: watched.map(({ productId }) => productId),
      since: Math.max(0, ...watched.map(({ since }) => since)),
    },
  };
}

/** The same by the admin's id. */
export async function scopeOfAdmin(db: Db, adminId: string): Promise<Scope> {
  const admin = await db
    .selectFrom('admins')
    .select(['id', 'role', 'productIds'])
    .where('id', '=', adminId)
    .executeTakeFirstOrThrow();
  return scopeOf(db, admin);
}
