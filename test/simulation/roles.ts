/** Rights change while decisions are on their way. */
import type { ServerNode } from './server.ts';
import type { World } from './world.ts';

/** The reviewer becomes a viewer, or again a reviewer. */
export async function changeRole(world: World): Promise<string> {
  const role = world.dice.pick(['reviewer', 'viewer'] as const);
  await give(world, world.dice.pick(world.servers), role);
  return `the reviewer is a ${role}`;
}

async function give(world: World, server: ServerNode, role: 'reviewer' | 'viewer'): Promise<void> {
  const reviewer = world.desks[1]?.session().admin.id ?? '';
  await server.deps.commit(async (change) => {
    const row = await change.db
      .selectFrom('admins')
      .selectAll()
      .where('id', '=', reviewer)
      .executeTakeFirst();
    if (!row || row.role === role) return;
    await change.put('admin', [{ ...row, role, revision: row.revision + 1 }], { actor: 'system' });
  });
  world.announce(reviewer);
}
