/** Products as people name them, for those who are limited to some. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';

/** The ids of products that are named by name, slug or id. Throws `invalid_input` for what names none, or several. */
export async function findProducts(db: Db, names: readonly string[]): Promise<string[]> {
  const products = await db.selectFrom('products').select(['id', 'name', 'slug', 'region']).execute();
  return names.map((name) => {
    const found = products.filter((product) => [product.id, product.name, product.slug].includes(name));
    const [one, second] = found;
    if (one && !second) return one.id;
    const reason = one
      ? `"${name}" names ${found.length} products: give the id (${found.map(({ id, region }) => `${id} in ${region}`).join(', ')})`
      : `there is no product "${name}"`;
    throw new GatehouseError('invalid_input', { fields: [{ field: 'products', reason }] });
  });
}
