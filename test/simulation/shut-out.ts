/** Devices are removed and admins let go while decisions are on their way; those who may, come back later. */
import { GatehouseError } from '../../domain/errors.ts';
import type { AppDeps } from '../../sync-server/app.ts';
import { deactivateAdmin, reactivateAdmin, revokeDevice } from '../../sync-server/admins/people.ts';
import type { DeskNode } from './desk.ts';
import { system } from './portal.ts';
import type { World } from './world.ts';

const nil = '00000000-0000-0000-0000-000000000000';

/** Somebody removes the device, or lets its admin go: at a server, while the desk knows nothing of it. */
export async function shutOut(world: World): Promise<string> {
  const { dice } = world;
  // Where an answer is on its way there is most to get wrong.
  const waiting = dice.chance(0.8) ? await waitForAnswers(world) : [];
  const desk = dice.pick(waiting.length > 0 ? waiting : world.desks);
  const { admin, device, token } = desk.session();
  if (desk.signedOut() || world.ended.has(token)) return `${desk.name} is shut out already`;
  const { deps } = dice.pick(world.servers);
  const byDevice = dice.chance(0.6);
  if (byDevice) await deps.commit((change) => revokeDevice(change, { device, adminId: null }, system));
  else if (!(await letGo(deps, admin.id))) return `${desk.name}’s admin is the last owner, and stays`;
  world.ended.add(token);
  world.announce(byDevice ? device : admin.id);
  return byDevice ? `${desk.name}’s device is removed` : `${desk.name}’s admin is let go`;
}

/** Desks that have not heard yet of what was decided. */
async function waitForAnswers({ desks, servers }: World): Promise<DeskNode[]> {
  const unanswered = (desk: DeskNode): string[] =>
    desk.signedOut() ? [] : [...(desk.running()?.journal.unanswered.keys() ?? [])];
  const decided = await servers[0]?.deps.db
    .selectFrom('intentOutcomes')
    .select('intent')
    .where('intent', 'in', [nil, ...desks.flatMap(unanswered)])
    .execute();
  const known = new Set(decided?.map(({ intent }) => intent));
  return desks.filter((desk) => unanswered(desk).some((id) => known.has(id)));
}

/** False for the last owner who is left. */
async function letGo({ commit }: AppDeps, admin: string): Promise<boolean> {
  try {
    await commit((change) => deactivateAdmin(change, admin, system));
    return true;
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'admin_last_owner') return false;
    throw error;
  }
}

/** One who is signed out signs in again; who was let go is taken back before. */
export async function comeBack(world: World): Promise<string> {
  const out = world.desks.filter((desk) => desk.signedOut());
  if (out.length === 0) return 'nobody is signed out';
  const desk = world.dice.pick(out);
  await letBackIn(world, desk);
  return `${desk.name} signs in again`;
}

/** All of them. */
export async function everybodyBack(world: World): Promise<void> {
  for (const desk of world.desks) if (desk.signedOut()) await letBackIn(world, desk);
}

async function letBackIn({ dice, servers }: World, desk: DeskNode): Promise<void> {
  const { deps } = dice.pick(servers);
  const { id } = desk.session().admin;
  const gone = await deps.db
    .selectFrom('adminSecrets')
    .select('adminId')
    .where('adminId', '=', id)
    .where('deactivatedAt', 'is not', null)
    .executeTakeFirst();
  if (gone) await deps.commit((change) => reactivateAdmin(change, id, system));
  await desk.signIn(deps);
}
