/** The product owner's session is used for what is not theirs: other products' registrations, people, keys. */
import { uuidv7 } from '../../domain/ids.ts';
import type { Intent } from '../../domain/intents.ts';
import { actions } from '../../domain/states.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { intentKey } from './model.ts';
import type { Registry } from './registry.ts';
import { targetsOf } from './scene.ts';
import { publicUrl } from './server.ts';
import type { World } from './world.ts';

/** Past the desk, which would not let them; whether it is theirs, the model knows. */
export async function overreach(world: World, { made }: Registry): Promise<string> {
  const { dice, scene, servers } = world;
  const session = world.desks.at(-1)?.session();
  if (!session) return 'there is no product owner';
  const { device, token } = session;
  const action = dice.pick(actions);
  const target = dice.pick(targetsOf(scene));
  const intent: Intent = {
    id: uuidv7(world.time.now(), dice.bytes(10)),
    device,
    batch: uuidv7(world.time.now(), dice.bytes(10)),
    action,
    target,
    reason: null,
    decidedAt: '2026-01-01T00:00:00.000Z',
    basis: { registration: 1, application: 1, developer: 1, publication: 1, credential: 1 },
  };
  made.set(intentKey(device, intent.id), intent);
  const { app, number } = dice.pick(servers);
  await app.inject({
    method: 'POST',
    url: adminPaths.decisions,
    headers: { host: new URL(publicUrl).host, authorization: `Bearer ${token}` },
    payload: { intents: [intent] },
  });
  return `the product owner ${action}s ${target.kind} ${target.id.slice(-6)} at s${number}, past the desk`;
}
