/** Who owns which product changes, and which version belongs to which: what a product owner may see moves under them. */
import { appoint } from './appoint.ts';
import { system } from './portal.ts';
import type { World } from './world.ts';

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
