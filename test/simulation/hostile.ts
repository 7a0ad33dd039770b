/**
 * An admin who may only look tries everything else: writes every document, sends damaged frames, replays others' intents
 * and uses their ids. Straight at a server, without the network's help.
 */
import * as Y from 'yjs';
import { uuidv7 } from '../../domain/ids.ts';
import type { Intent } from '../../domain/intents.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { encodeMessage, feedDocument, intentsDocument, listName } from '../../domain/wire/sync.ts';
import { encodeSync } from '../../domain/wire/y-sync.ts';
import { intentKey } from './model.ts';
import { targetsOf, type Scene } from './scene.ts';
import { register, type Registry } from './registry.ts';
import { publicUrl } from './server.ts';
import { openSocket } from './upgrade.ts';
import type { World } from './world.ts';

const host = new URL(publicUrl).host;

function pushed(items: readonly unknown[], name = listName): Uint8Array {
  const doc = new Y.Doc();
  doc.getArray<unknown>(name).push([...items]);
  return encodeSync({ kind: 'update', bytes: Y.encodeStateAsUpdate(doc) });
}

function approval(world: World, scene: Scene, more: Partial<Intent>): Intent {
  const { dice, hostile } = world;
  const target = dice.pick(scene.registrations);
  return {
    id: uuidv7(world.time.now(), dice.bytes(10)),
    device: hostile.device,
    batch: uuidv7(world.time.now(), dice.bytes(10)),
    action: 'approve',
    target: { kind: 'registration', id: target.id },
    reason: null,
    decidedAt: '2026-01-01T00:00:00.000Z',
    basis: { registration: 1, application: 1, developer: 1, publication: 1 },
    ...more,
  };
}

/** One attempt; what it is, for the trace. */
export async function attempt(world: World, scene: Scene, registry: Registry): Promise<string> {
  const { dice, hostile, servers } = world;
  const server = dice.pick(servers);
  register(registry, world.desks);
  const mine = new Set(targetsOf(scene).map(({ id }) => id));
  const others = [...registry.made.values()].filter(
    ({ device, target }) => device !== hostile.device && mine.has(target.id),
  );
  const other = others.length > 0 ? dice.pick(others) : approval(world, scene, {});
  const victim = dice.pick(world.desks).session().device;
  /** Of two under one id either may arrive first: of one that names another device no more is asked than that it is refused. */
  const note = (intent: Intent): Intent => {
    const key = intentKey(hostile.device, intent.id);
    if (intent.device !== hostile.device || !registry.made.has(key)) registry.made.set(key, intent);
    return intent;
  };
  const swallowing = (): Intent => note(approval(world, scene, { id: other.id }));
  const frame = { epoch: 1, prev: 0, to: 1_000_000, items: [] };

  const post = async (intent: Intent): Promise<void> => {
    await server.app.inject({
      method: 'POST',
      url: adminPaths.decisions,
      headers: { host, authorization: `Bearer ${hostile.token}` },
      payload: { intents: [intent] },
    });
  };
  const write = async (document: string, payload: Uint8Array): Promise<void> =>
    over(encodeMessage({ kind: 'sync', document, payload }));
  const over = async (bytes: Uint8Array): Promise<void> => {
    const socket = await openSocket(server, hostile.token, () => undefined).catch(() => null);
    socket?.on('error', () => undefined);
    socket?.send(bytes);
    await world.settle();
    socket?.terminate();
  };

  const tries: readonly (readonly [string, () => Promise<void>])[] = [
    ['writes the feed', () => write(feedDocument('all', 'x'), pushed([JSON.stringify(frame)]))],
    ['writes another’s intents', () => write(intentsDocument(victim), pushed([JSON.stringify(other)]))],
    ['writes notes', () => write(`notes/${other.target.id}`, pushed(['x']))],
    [
      'replays an intent',
      () => write(intentsDocument(hostile.device), pushed([JSON.stringify(note(other))])),
    ],
    [
      'uses another’s id',
      () => write(intentsDocument(hostile.device), pushed([JSON.stringify(swallowing())])),
    ],
    ['fills another list', () => write(intentsDocument(hostile.device), pushed(['x'], 'other'))],
    ['sends no intent', () => write(intentsDocument(hostile.device), pushed([{ id: 1 }]))],
    ['sends noise', () => over(dice.bytes(1 + dice.below(200)))],
    [
      'sends a damaged frame',
      () => {
        const payload = pushed([JSON.stringify(other)]);
        const bytes = encodeMessage({ kind: 'sync', document: intentsDocument(victim), payload });
        const at = dice.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 + dice.below(255));
        return over(bytes);
      },
    ],
    ['posts another’s intent', () => post(note(other))],
    ['posts under another’s id', () => post(swallowing())],
    ['posts its own', () => post(note(approval(world, scene, {})))],
  ];
  const [what, run] = dice.pick(tries);
  await run();
  return `hostile client ${what} at s${server.number}`;
}
