import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startAgent } from './agent.ts';
import { createProxyTarget } from './proxy/target.ts';
import { createClient } from './pull/client.ts';
import { parseToken } from './pull/token.ts';
import { openStore, type Store } from './state/store.ts';
import { startUpstream, statusOf } from './testing/calls.ts';
import { startFakeServer } from './testing/server.ts';
import {
  connection,
  credential,
  drop,
  newKey,
  put,
  service,
  silent,
  smallWorld,
  until,
} from './testing/world.ts';

/** A store whose disk may have no room. */
async function storeWithLittleRoom(folder: string, token: string): Promise<Store & { full: boolean }> {
  const store = await openStore(folder, token);
  const keep = async (work: () => Promise<void>): Promise<void> => {
    if (little.full) throw new Error('ENOSPC: no space left on device');
    await work();
  };
  const little: Store & { full: boolean } = {
    ...store,
    full: false,
    appendChanges: (answer) => keep(() => store.appendChanges(answer)),
    saveSnapshot: (answer) => keep(() => store.saveSnapshot(answer)),
  };
  return little;
}

async function createScene() {
  const upstream = await startUpstream();
  const world = smallWorld(upstream.url);
  const open = service({ path: '/open', mode: 'open', upstream: upstream.url });
  const server = await startFakeServer([...world.records, open]);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
  const token = parseToken(server.token);
  const store = await storeWithLittleRoom(folder, token.text);
  let port = 0;
  const agent = await startAgent({
    client: createClient({ server: server.url, token, waitSeconds: 1, stallSeconds: 0.6 }),
    store,
    createTarget: async (context) => {
      const proxy = await createProxyTarget(
        { host: '127.0.0.1', port: 0, log: silent, now: Date.now },
        context,
      );
      ({ port } = proxy);
      return proxy;
    },
    log: silent,
    now: Date.now,
  });
  const inTouch = (): Promise<void> =>
    until(() => agent.status().acknowledged === server.cursor(), 'the server’s cursor');
  await inTouch();
  let before = server.cursor();
  let acknowledged = server.acks.length;
  const ask = (path: string, key?: string): Promise<number> => statusOf(port, path, key);
  return {
    world,
    open,
    server,
    ask,
    becomes: (wanted: number, path: string, key?: string) =>
      until(async () => (await ask(path, key)) === wanted, `${wanted} at ${path}`),
    inTouch,
    fill() {
      store.full = true;
      before = server.cursor();
      acknowledged = server.acks.length;
    },
    async expectNothingClaimed() {
      await until(() => !agent.status().connected, 'the disk to be found full');
      expect(agent.status()).toMatchObject({ cursor: before, acknowledged: before, connected: false });
      expect(agent.status().failure?.message).toMatch(/no space/);
    },
    /** Makes room and waits for all that was missed. */
    async makeRoom() {
      store.full = false;
      await inTouch();
      expect(server.acks.slice(acknowledged).every(({ cursor }) => cursor === server.cursor())).toBe(true);
    },
    async close() {
      await agent.close();
      await server.close();
      await upstream.close();
      await rm(folder, { recursive: true });
    },
  };
}

describe('on a full disk', () => {
  let scene: Awaited<ReturnType<typeof createScene>>;
  beforeEach(async () => {
    scene = await createScene();
  });
  afterEach(() => scene.close());

  test('a key that is taken away closes, nothing opens, and no cursor is claimed', async () => {
    const { world, server, ask, becomes } = scene;
    const late = newKey();
    scene.fill();
    server.commit(drop(world.live), put(credential(late, { application: world.application })));
    await becomes(401, '/mock', world.key);
    expect(await ask('/mock', late)).toBe(401);
    await scene.expectNothingClaimed();
    await scene.makeRoom();
    expect(await ask('/mock', late)).toBe(200);
    expect(await ask('/mock', world.key)).toBe(401);
  });

  test('a key that gets an earlier end has it, and one that was taken and given back goes on', async () => {
    const { world, server, ask, becomes } = scene;
    const ending = newKey();
    const { application } = world;
    server.commit(put(credential(ending, { application })));
    await becomes(200, '/mock', ending);
    await scene.inTouch();
    scene.fill();
    server.commit(drop(world.live), put(world.live), put(credential(ending, { application, notAfter: 1 })));
    await becomes(401, '/mock', ending);
    expect(await ask('/mock', world.key)).toBe(200);
  });

  test('a service that comes to be guarded is, and no new connection to it counts', async () => {
    const { world, open, server, ask, becomes } = scene;
    expect(await ask('/open')).toBe(200);
    scene.fill();
    server.commit(put({ ...open, mode: 'enforced' }), put(connection(world.application, open)));
    await becomes(401, '/open');
    expect(await ask('/open', world.key)).toBe(403);
    expect(await ask('/mock', world.key)).toBe(200);
    await scene.expectNothingClaimed();
    await scene.makeRoom();
    expect(await ask('/open', world.key)).toBe(200);
    expect(await ask('/open')).toBe(401);
  });

  test('a service below an open one does not fall open where it goes, moves or comes', async () => {
    const { world, open, server, ask, becomes } = scene;
    const [going, moving] = ['/open/going', '/open/moving'].map((path) =>
      service({ path, upstream: open.upstream }),
    );
    if (!going || !moving) throw new Error('two services');
    server.commit(put(going), put(moving));
    await becomes(401, '/open/moving');
    await scene.inTouch();
    scene.fill();
    const coming = service({ path: '/open/coming', upstream: open.upstream });
    server.commit(drop(going), put({ ...moving, path: '/elsewhere' }), put(coming), drop(world.live));
    await becomes(401, '/mock', world.key);
    for (const path of ['going', 'moving', 'coming']) expect(await ask(`/open/${path}`)).toBe(401);
    expect(await ask('/open/else')).toBe(200);
    await scene.makeRoom();
    expect(await ask('/open/going')).toBe(200);
  });

  test('what a snapshot takes away closes, nothing of it opens, and no cursor is claimed', async () => {
    const { world, open, server, ask, becomes } = scene;
    const late = newKey();
    scene.fill();
    server.commit(
      drop(world.live),
      put(credential(late, { application: world.application })),
      put({ ...open, mode: 'enforced' }),
      put(service({ path: '/new', mode: 'open', upstream: open.upstream })),
    );
    server.epoch += 1;
    server.seq = 1;
    await becomes(401, '/mock', world.key);
    expect(await ask('/mock', late)).toBe(401);
    expect(await ask('/open')).toBe(401);
    expect(await ask('/new')).toBe(404);
    await scene.expectNothingClaimed();
    await scene.makeRoom();
    expect(await ask('/mock', late)).toBe(200);
    expect(await ask('/mock', world.key)).toBe(401);
    expect(await ask('/new')).toBe(200);
  });

  test('after a snapshot without room only a snapshot will do, also where changes would continue again', async () => {
    const { world, server, ask, becomes } = scene;
    server.tamper = (answer) => {
      answer.envelope = { ...answer.envelope, scope: 'scope-b' };
      if (answer.path === 'snapshot') answer.reseal(answer.body.replace(/^.*"credential".*\n/m, ''));
    };
    scene.fill();
    server.commit(put(service({ path: '/new' })));
    await becomes(401, '/mock', world.key);
    server.tamper = () => undefined;
    await scene.makeRoom();
    expect(await ask('/mock', world.key)).toBe(200);
  });
});
