/** What a product owner is given to look after. */
import type { Row } from '../../domain/entities.ts';
import type { Dice } from './dice.ts';
import { system } from './portal.ts';
import type { Scene } from './scene.ts';
import type { ServerNode } from './server.ts';

/** Gives an admin one, both or none of the products, or now and then everything to see; says which. */
export async function appoint(
  { deps }: ServerNode,
  admin: string,
  { products }: Scene,
  dice: Dice,
): Promise<string> {
  const everything = dice.chance(0.1);
  const productIds = everything ? [] : products.filter(() => dice.chance(0.6)).map(({ id }) => id);
  await deps.commit(async (change) => {
    const row = await change.db.selectFrom('admins').selectAll().where('id', '=', admin).executeTakeFirst();
    if (!row) return;
    const role = everything ? ('reviewer' as const) : ('product-owner' as const);
    const next: Row<'admin'> = { ...row, role, productIds, revision: row.revision + 1 };
    await change.put('admin', [next], system);
  });
  return everything ? 'everything' : `${productIds.length} products`;
}
