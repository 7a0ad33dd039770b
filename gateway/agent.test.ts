/** What an agent believes, what it refuses, and what it reports. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createScene } from './testing/scene.ts';
import type { Scene } from './testing/scene.ts';
import { startFakeServer } from './testing/server.ts';
import type { Outgoing } from './testing/server.ts';
import { credential, drop, newKey, put, service, until } from './testing/world.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});

afterEach(() => scene.close());

describe('an answer that is not to be believed', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  const claim = (change: Partial<Outgoing['envelope']>) => (answer: Outgoing) => {
    answer.envelope = { ...answer.envelope, ...change };
  };
  const faults: [what: string, code: string, tamper: (answer: Outgoing) => void][] = [
    ['signed by another key', 'signature_invalid', (answer) => (answer.signWith = other)],
    ['whose body was changed', 'signature_invalid', (answer) => (answer.bodySent = `${answer.body} `)],
    ['cut short', 'signature_invalid', (answer) => (answer.bodySent = answer.body.slice(0, -20))],
    ['of an older epoch', 'epoch_lower', claim({ epoch: 1 })],
    ['of an earlier moment', 'rollback_refused', claim({ to: 9 })],
    ['for another gateway', 'answer_foreign', claim({ gateway: randomUUID() })],
    ['with another key’s id', 'signature_invalid', claim({ keyId: '0'.repeat(16) })],
  ];

  test.each(faults)('%s changes nothing (%s)', async (_what, code, tamper) => {
    const { server, world } = scene;
    server.epoch = 2;
    const agent = await scene.startInTouch();
    const cursor = server.cursor();
    server.tamper = tamper;
    server.commit(drop(world.live));
    await scene.refuses(code);
    expect(agent.status().cursor).toBe(cursor);
    expect(await scene.ask()).toBe(200);
    server.tamper = () => undefined;
    await scene.becomes(401);
    expect(agent.status().failure).toBeNull();
  });

  test('leaves a gateway without state at 503', async () => {
    scene.server.tamper = (answer) => (answer.signWith = other);
    await scene.start();
    await scene.refuses('signature_invalid');
    expect(await scene.call('/mock', { key: scene.world.key })).toMatchObject({
      status: 503,
      code: 'gateway_not_ready',
    });
  });

  test('from a server whose key is not the token’s', async () => {
    const impostor = await startFakeServer(scene.world.records);
    try {
      const token = scene.server.token;
      impostor.accept(token);
      const keyId = token.slice(-64).slice(0, 16);
      impostor.tamper = (answer) => (answer.envelope = { ...answer.envelope, keyId });
      const agent = await scene.start({ token, server: impostor.url });
      await scene.refuses('signature_invalid');
      expect(agent.status().cursor).toBeNull();
    } finally {
      await scene.stop();
      await impostor.close();
    }
  });

  test('with a record it does not know changes nothing', async () => {
    const { server, world } = scene;
    await scene.startInTouch();
    server.tamper = (answer) => {
      answer.reseal('{"op":"put","record":{"k":"credential","hash":"x"}}\n');
    };
    server.commit(drop(world.live));
    await scene.refuses('invalid_input');
    server.tamper = (answer) => {
      answer.reseal('{"op":\n');
    };
    await scene.refuses('malformed_json');
    expect(await scene.ask()).toBe(200);
  });
});

test('a token that the server does not take leaves what is verified in force', async () => {
  await scene.startInTouch();
  scene.server.accept('ghg_other');
  await scene.refuses('gateway_refused');
  expect(await scene.ask()).toBe(200);
});

test('a token that was revoked is told apart from one that never was', async () => {
  await scene.startInTouch();
  scene.server.refusal = 'gateway_token_revoked';
  scene.server.accept('ghg_other');
  await scene.refuses('gateway_token_revoked');
  expect(await scene.ask()).toBe(200);
});

describe('where changes do not follow', () => {
  test('a wrong prev means a new snapshot', async () => {
    const { server, world } = scene;
    const agent = await scene.startInTouch();
    server.tamper = (answer) => {
      if (answer.path === 'changes') answer.envelope = { ...answer.envelope, prev: 3 };
    };
    server.commit(drop(world.live));
    await scene.becomes(401);
    expect(server.asked.snapshot).toBeGreaterThan(1);
    expect(agent.status().cursor).toBe(server.cursor());
  });

  test('410 means a new snapshot', async () => {
    const { server, world } = scene;
    await scene.startInTouch();
    await scene.stop();
    server.commit(drop(world.live));
    server.oldest = server.seq;
    await scene.start();
    await scene.becomes(401);
    expect(server.asked.snapshot).toBe(2);
  });

  test('a higher epoch is followed, by a new snapshot, and never left for a lower one', async () => {
    const { server, world } = scene;
    const agent = await scene.startInTouch();
    server.epoch = 2;
    server.seq = 4;
    server.commit(drop(world.live));
    await scene.becomes(401);
    expect(agent.status().cursor).toBe('2:5');
    server.epoch = 1;
    server.seq = 900;
    await scene.refuses('epoch_lower');
    expect(await scene.ask()).toBe(401);
  });

  test('another scope means a new snapshot', async () => {
    const { server, world } = scene;
    await scene.startInTouch();
    server.scope = 'scope-b';
    server.commit(drop(world.connected));
    await scene.becomes(403);
    expect(server.asked.snapshot).toBeGreaterThan(1);
  });
});

describe('acknowledges', () => {
  test('what it enforces, with a digest that a fresh snapshot gives too', async () => {
    const { server, world } = scene;
    await scene.startInTouch();
    const more = credential(newKey());
    server.commit(put(more), drop(world.connected));
    server.commit(put({ ...world.mock, path: '/other' }), put(world.connected));
    server.commit(drop(more), put(service()));
    await scene.acknowledged();
    const kept = server.acks.at(-1)?.digest;
    await scene.stop();
    await rm(scene.stateFile);
    server.acks.length = 0;
    await scene.start();
    await scene.acknowledged();
    expect(server.asked.snapshot).toBe(2);
    expect(server.acks.at(-1)?.digest).toBe(kept);
    expect(kept).not.toBe('0'.repeat(64));
  });

  test('and loads a snapshot where the server holds something else', async () => {
    const { server } = scene;
    await scene.startInTouch();
    server.disagree = true;
    server.commit(put(service()));
    await until(() => server.asked.snapshot === 2, 'a second snapshot');
    server.disagree = false;
    await scene.acknowledged();
  });
});

test('a connection that stalls hides a change for two seconds at most', async () => {
  const { server, world } = scene;
  await scene.startInTouch();
  server.stalled = true;
  const since = performance.now();
  server.commit(drop(world.live));
  await scene.refuses('server_unreachable');
  server.stalled = false;
  await scene.becomes(401);
  expect(performance.now() - since).toBeLessThan(2_000);
});

test('a token that is none is refused at once', async () => {
  await expect(scene.start({ token: 'ghg_x' })).rejects.toMatchObject({ code: 'gateway_token_malformed' });
});

test('neither the token nor a key is in the state file', async () => {
  await scene.startInTouch();
  const text = await readFile(scene.stateFile, 'utf8');
  expect(text).not.toContain(scene.server.token);
  expect(text).not.toContain(scene.world.key);
});
