/** Who owns which product changes, and which version belongs to which: what a product owner may see moves under them. */
import type { Row } from '../../domain/entities.ts';
import type { Dice } from './dice.ts';
import { system } from './portal.ts';
import type { Scene } from './scene.ts';
import type { ServerNode } from './server.ts';
import type { World } from './world.ts';

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

export async function giveProducts(world: World): Promise<string> {
  const owner = world.desks.at(-1)?.session().admin.id ?? '';
  const what = await appoint(world.dice.pick(world.servers), owner, world.scene, world.dice);
  world.announce(owner);
  return `the product owner may see ${what}`;
}

/** A version goes over to the other product, and takes what is requested of it along. */
export async function moveVersion({ dice, servers, scene }: World): Promise<string> {
  const { id } = dice.pick(scene.versions);
  await dice.pick(servers).deps.commit(async (change) => {
    const row = await change.db.selectFrom('versions').selectAll().where('id', '=', id).executeTakeFirst();
    const other = scene.products.find((product) => product.id !== row?.productId);
    if (row && other)
      await change.put('version', [{ ...row, productId: other.id, revision: row.revision + 1 }], system);
  });
  return `version ${id.slice(-6)} goes over to the other product`;
}
