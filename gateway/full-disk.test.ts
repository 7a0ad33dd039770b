import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAgent } from './agent.ts';
import { createProxyTarget } from './proxy/target.ts';
import { createClient } from './pull/client.ts';
import { parseToken } from './pull/token.ts';
import { openStore, type Store } from './state/store.ts';
import { startUpstream, statusOf } from './testing/calls.ts';
import { startFakeServer } from './testing/server.ts';
import { credential, drop, newKey, put, silent, smallWorld, until } from './testing/world.ts';

/** A store whose disk may have no room for changes. */
async function storeWithLittleRoom(folder: string, token: string): Promise<Store & { full: boolean }> {
  const store = await openStore(folder, token);
  const little = {
    ...store,
    full: false,
    appendChanges: (answer: Parameters<Store['appendChanges']>[0]) =>
      little.full
        ? Promise.reject(new Error('ENOSPC: no space left on device'))
        : store.appendChanges(answer),
  };
  return little;
}

test('a key that is taken away closes on a full disk, nothing opens there, and no cursor is claimed', async () => {
  const upstream = await startUpstream();
  const world = smallWorld(upstream.url);
  const server = await startFakeServer(world.records);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
  const token = parseToken(server.token);
  const store = await storeWithLittleRoom(folder, token.text);
  const client = createClient({ server: server.url, token, waitSeconds: 1, stallSeconds: 0.6 });
  let port = 0;
  const agent = await startAgent({
    client,
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
  try {
    const before = server.cursor();
    await until(() => agent.status().acknowledged === before, 'the first state');
    const late = newKey();
    store.full = true;
    server.commit(drop(world.live), put(credential(late, { application: world.application })));
    await until(async () => (await statusOf(port, '/mock', world.key)) === 401, 'the key is closed');
    expect(await statusOf(port, '/mock', late)).toBe(401);
    expect(agent.status()).toMatchObject({ cursor: before, acknowledged: before, connected: false });
    expect(agent.status().failure?.message).toMatch(/no space/);
    store.full = false;
    await until(() => agent.status().acknowledged === server.cursor(), 'what was missed');
    expect(await statusOf(port, '/mock', late)).toBe(200);
    expect(await statusOf(port, '/mock', world.key)).toBe(401);
    expect(server.acks.every(({ cursor }) => cursor === before || cursor === server.cursor())).toBe(true);
  } finally {
    await agent.close();
    await server.close();
    await upstream.close();
    await rm(folder, { recursive: true });
  }
});
