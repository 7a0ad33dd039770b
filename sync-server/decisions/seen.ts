/** Which targets are there for this admin: what one may not see is judged like what does not exist. */
import { sql } from 'kysely';
import type { Target } from '../../domain/intents.ts';
import { seesProduct, type Rights } from '../../domain/rights.ts';
import type { Db } from '../db/schema.ts';
import type { WorkingRows } from './rows.ts';

/** Asks for the products of the registrations among `rows`, where they matter. */
export async function seenTargets(
  db: Db,
  admin: Rights,
  rows: WorkingRows,
): Promise<(target: Target) => boolean> {
  if (admin.role !== 'product-owner') return () => true;
  const versionIds = [...new Set([...rows.registration.values()].map(({ versionId }) => versionId))];
  const versions = await db
    .selectFrom('versions')
    .select(['id', 'productId'])
    .where('id', '=', sql<string>`any(${versionIds}::uuid[])`)
    .execute();
  const products = new Map(versions.map(({ id, productId }) => [id, productId]));
  return ({ kind, id }) => {
    const registration = kind === 'registration' ? rows.registration.get(id) : undefined;
    return registration !== undefined && seesProduct(admin, products.get(registration.versionId) ?? null);
  };
}
