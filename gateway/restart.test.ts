/** What an agent still knows after an end of any kind, and what time does to it. */
import { randomUUID } from 'node:crypto';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runGateway } from './run.ts';
import { createScene } from './testing/scene.ts';
import type { Scene } from './testing/scene.ts';
import { spawnAgent } from './testing/spawn-agent.ts';
import { connection, credential, drop, newKey, put, service, silent, until } from './testing/world.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});

afterEach(() => scene.close());

/** The agent has taken the key's removal, and stopped. */
async function stopWithoutKey(): Promise<void> {
  await scene.startInTouch();
  scene.server.commit(drop(scene.world.live));
  await scene.becomes(401);
  await scene.stop();
}

const seqOf = (cursor: string | null | undefined): number => Number(cursor?.split(':')[1] ?? 0);

test('goes on from disk while the server is down', async () => {
  const { server, world } = scene;
  await stopWithoutKey();
  await server.down();
  const agent = await scene.start();
  expect(await scene.ask()).toBe(401);
  expect(agent.status().cursor).toBe(server.cursor());
  await server.up();
  server.commit(put(world.live));
  await scene.becomes(200);
  expect(server.asked.snapshot).toBe(1);
});

describe('killed', () => {
  const environment = (): Record<string, string> => ({
    SERVER: scene.server.url,
    TOKEN: scene.server.token,
    DATA_DIR: scene.dataDir,
  });

  test('between persisting and applying, it knows the change when it starts again', async () => {
    const { server, world } = scene;
    const hangAfter = `1:${server.seq + 1}`;
    const agent = spawnAgent({ ...environment(), HANG_AFTER: hangAfter });
    await agent.said('started');
    await scene.acknowledged();
    server.commit(drop(world.live));
    await agent.said(hangAfter);
    await agent.kill();
    expect(server.acks.at(-1)?.cursor).not.toBe(hangAfter);
    await server.down();
    await scene.start();
    expect(await scene.ask()).toBe(401);
    expect(scene.agent().status().cursor).toBe(hangAfter);
  });

  test('at random in a stream of changes, it never forgets one that it acknowledged', async () => {
    const { server } = scene;
    for (let round = 0; round < 4; round++) {
      const agent = spawnAgent(environment());
      await agent.said('started');
      const stopAt = server.seq + 15 + round * 13;
      await until(() => {
        server.commit(put(credential(newKey())));
        return server.seq >= stopAt;
      }, 'a stream of changes');
      await agent.kill();
      const acknowledged = seqOf(server.acks.at(-1)?.cursor);
      await server.down();
      const again = await scene.start();
      expect(seqOf(again.status().cursor)).toBeGreaterThanOrEqual(acknowledged);
      await scene.stop();
      await server.up();
    }
    const agent = await scene.startInTouch();
    expect(agent.status().credentials).toBe(server.held().filter(({ k }) => k === 'credential').length);
    await scene.acknowledged();
  });
});

test('a second agent on the same data folder is refused', async () => {
  const { server, dataDir } = scene;
  await scene.startInTouch();
  const second = {
    server: server.url,
    token: server.token,
    target: 'proxy',
    dataDir,
    port: 0,
    log: silent,
  } as const;
  await expect(runGateway(second)).rejects.toMatchObject({ code: 'folder_in_use' });
  expect(await scene.ask()).toBe(200);
});

describe('the state file', () => {
  test('torn at its tail: what was never applied is dropped, what was before counts', async () => {
    const { server } = scene;
    await scene.startInTouch();
    const before = (await readFile(scene.stateFile)).length;
    await scene.stop();
    await stopWithoutKey();
    await server.down();
    const after = await readFile(scene.stateFile);
    for (const length of [before + 1, before + 100, after.length - 1]) {
      await writeFile(scene.stateFile, after.subarray(0, length));
      await scene.start();
      expect(await scene.ask()).toBe(200);
      await scene.stop();
    }
    // What is written after a torn tail is read again.
    await server.up();
    await scene.start();
    await scene.becomes(401);
    await scene.stop();
    await server.down();
    await scene.start();
    expect(await scene.ask()).toBe(401);
  });

  test('damaged anywhere else: 503 until the server is reached', async () => {
    const { server } = scene;
    await stopWithoutKey();
    await server.down();
    const good = await readFile(scene.stateFile);
    for (const at of [3, 40, 500, good.length - 40]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await writeFile(scene.stateFile, bad);
      await scene.start();
      expect(await scene.ask()).toBe(503);
      await scene.stop();
    }
    await writeFile(scene.stateFile, good);
    await appendFile(scene.stateFile, Buffer.concat([Buffer.alloc(300), Buffer.from('\n')]));
    await scene.start();
    expect(await scene.ask()).toBe(503);
    await scene.stop();
    await server.up();
    await scene.start();
    await scene.becomes(401);
  });

  test('without a change in its middle is damaged too', async () => {
    const { server } = scene;
    await scene.startInTouch();
    const first = (await readFile(scene.stateFile)).length;
    await scene.stop();
    await stopWithoutKey();
    const second = (await readFile(scene.stateFile)).length;
    server.commit(put(service()));
    await scene.startInTouch();
    await scene.stop();
    const whole = await readFile(scene.stateFile);
    await server.down();
    await writeFile(scene.stateFile, Buffer.concat([whole.subarray(0, first), whole.subarray(second)]));
    await scene.start();
    expect(await scene.ask()).toBe(503);
  });

  test('of another token is not this gateway’s', async () => {
    const { server } = scene;
    await scene.startInTouch();
    await scene.stop();
    await server.down();
    await scene.start({ token: server.token.replace(/^ghg_.{4}/, 'ghg_AAAA') });
    expect(await scene.ask()).toBe(503);
  });

  test('that is empty is no state', async () => {
    await scene.startInTouch();
    await scene.stop();
    await truncate(scene.stateFile);
    await scene.start();
    await scene.becomes(200);
  });
});

describe('time', () => {
  test('expires a key by the gateway’s own clock', async () => {
    const { server, world } = scene;
    const brief = newKey();
    const application = randomUUID();
    const notAfter = Math.floor(Date.now() / 1000) + 1_000;
    server.commit(
      put(credential(brief, { application, notAfter })),
      put(connection(application, world.mock)),
    );
    await scene.startInTouch();
    await server.down();
    expect(await scene.ask(brief)).toBe(200);
    scene.ahead = 990_000;
    expect(await scene.ask(brief)).toBe(200);
    scene.ahead = 1_001_000;
    expect((await scene.call('/mock', { key: brief })).code).toBe('key_expired');
    expect(await scene.ask()).toBe(200);
  });

  test('without the server makes a service stale at its own limit, also across a restart', async () => {
    const { server, upstream } = scene;
    server.commit(put(service({ path: '/strict', mode: 'open', upstream: upstream.url, maxStaleness: 600 })));
    await scene.startInTouch();
    await server.down();
    const strict = async (): Promise<string> => {
      const { status, code } = await scene.call('/strict');
      return `${status} ${code}`.trim();
    };
    expect(await strict()).toBe('200');
    scene.ahead = 601_000;
    expect(await strict()).toBe('503 gateway_stale');
    expect(await scene.ask()).toBe(200);
    await scene.stop();
    await scene.start();
    expect(await strict()).toBe('503 gateway_stale');
    expect(await scene.ask()).toBe(200);
    scene.ahead = 7 * 24 * 3600 * 1000 + 1_000;
    expect(await scene.ask()).toBe(503);
  });

  test('is not turned back by an old answer, nor forward by one from the future', async () => {
    const { server } = scene;
    const agent = await scene.startInTouch();
    const proven = agent.status().verifiedAt ?? '';
    server.issuedAt = new Date(Date.now() - 3_600_000).toISOString();
    server.commit(put(service()));
    await scene.inTouch();
    expect((agent.status().verifiedAt ?? '') >= proven).toBe(true);
    server.issuedAt = new Date(Date.now() + 3_600_000).toISOString();
    server.commit(put(service()));
    await scene.inTouch();
    expect((agent.status().verifiedAt ?? '') <= new Date().toISOString()).toBe(true);
  });

  test('counts from when an answer was issued, not from when it came', async () => {
    const { server } = scene;
    server.issuedAt = new Date(Date.now() - 7 * 24 * 3600 * 1000 - 1_000).toISOString();
    await scene.startInTouch();
    expect((await scene.call('/mock', { key: scene.world.key })).code).toBe('gateway_stale');
    server.issuedAt = null;
    await scene.becomes(200);
  });
});
