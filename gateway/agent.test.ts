/** The agent against a signed server: what it refuses, what it survives, and that it never serves the unverified. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runGateway } from './run.ts';
import type { Gateway } from './run.ts';
import { call, startUpstream, statusOf } from './testing/calls.ts';
import type { Upstream } from './testing/calls.ts';
import { startFakeServer } from './testing/server.ts';
import type { FakeServer, Outgoing } from './testing/server.ts';
import { spawnAgent } from './testing/spawn-agent.ts';
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

let server: FakeServer;
let upstream: Upstream;
let dataDir: string;
let gateway: Gateway | null = null;
let world: ReturnType<typeof smallWorld>;
/** The agent's own clock, moved by tests. */
let ahead = 0;

beforeEach(async () => {
  ahead = 0;
  upstream = await startUpstream();
  world = smallWorld(upstream.url);
  server = await startFakeServer(world.records);
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
});

afterEach(async () => {
  await stop();
  await server.close();
  await upstream.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(more: { token?: string; server?: string } = {}): Promise<Gateway> {
  gateway = await runGateway({
    server: server.url,
    token: server.token,
    target: 'proxy',
    dataDir,
    port: 0,
    log: silent,
    now: () => Date.now() + ahead,
    ...more,
  });
  return gateway;
}

async function stop(): Promise<void> {
  await gateway?.close();
  gateway = null;
}

/** Started and at the server's cursor. */
async function startInTouch(): Promise<Gateway> {
  const agent = await start();
  await inTouch(agent);
  return agent;
}

const inTouch = (agent: Gateway): Promise<void> =>
  until(() => agent.status().connected && agent.status().cursor === server.cursor(), 'the server’s cursor');

const ask = (key: string | undefined = world.key, path = '/mock'): Promise<number> =>
  statusOf(gateway?.port ?? 0, path, key);

const becomes = (wanted: number, key = world.key): Promise<void> =>
  until(async () => (await ask(key)) === wanted, String(wanted));

const stateFile = (): string => join(dataDir, 'state.frames');

/** Waits until the agent has refused an answer for this reason. */
const refuses = (agent: Gateway, code: string): Promise<void> =>
  until(() => agent.status().failure?.code === code, code);

describe('an answer that is not to be believed', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  const faults: [what: string, code: string, tamper: (answer: Outgoing) => void][] = [
    ['signed by another key', 'signature_invalid', (answer) => (answer.signWith = other)],
    ['whose body was changed', 'signature_invalid', (answer) => (answer.bodySent = `${answer.body} `)],
    ['cut short', 'signature_invalid', (answer) => (answer.bodySent = answer.body.slice(0, -20))],
    ['of an older epoch', 'epoch_lower', (answer) => (answer.envelope = { ...answer.envelope, epoch: 1 })],
    [
      'of an earlier moment',
      'rollback_refused',
      (answer) => (answer.envelope = { ...answer.envelope, to: 9 }),
    ],
    [
      'for another gateway',
      'answer_foreign',
      (answer) => (answer.envelope = { ...answer.envelope, gateway: randomUUID() }),
    ],
    [
      'with another key’s id',
      'signature_invalid',
      (answer) => (answer.envelope = { ...answer.envelope, keyId: '0'.repeat(16) }),
    ],
  ];

  test.each(faults)('%s changes nothing (%s)', async (_what, code, tamper) => {
    server.epoch = 2;
    const agent = await startInTouch();
    const cursor = server.cursor();
    server.tamper = tamper;
    server.commit(drop(world.live));
    await refuses(agent, code);
    expect(agent.status().cursor).toBe(cursor);
    expect(await ask()).toBe(200);
    server.tamper = () => undefined;
    await becomes(401);
    expect(agent.status().failure).toBeNull();
  });

  test('leaves a gateway without state at 503', async () => {
    server.tamper = (answer) => (answer.signWith = other);
    const agent = await start();
    await refuses(agent, 'signature_invalid');
    expect(await call(agent.port ?? 0, '/mock', { key: world.key })).toMatchObject({
      status: 503,
      code: 'gateway_not_ready',
    });
  });

  test('from a server whose key is not the token’s', async () => {
    const agent = await start({ token: server.token.replace(/_[0-9a-f]{64}$/, `_${'a'.repeat(64)}`) });
    await refuses(agent, 'gateway_refused');
    await stop();
    const impostor = await startFakeServer(world.records);
    try {
      const token = `${impostor.token.slice(0, 48)}${server.token.slice(48)}`;
      impostor.accept(token);
      const deceived = await start({ token, server: impostor.url });
      await refuses(deceived, 'signature_invalid');
      expect(deceived.status().cursor).toBeNull();
    } finally {
      await stop();
      await impostor.close();
    }
  });

  test('with a record it does not know changes nothing', async () => {
    const agent = await startInTouch();
    server.tamper = (answer) => {
      answer.reseal('{"op":"put","record":{"k":"credential","hash":"x"}}\n');
    };
    server.commit(drop(world.live));
    await refuses(agent, 'invalid_input');
    server.tamper = (answer) => {
      answer.reseal('{"op":\n');
    };
    await refuses(agent, 'malformed_json');
    expect(await ask()).toBe(200);
  });
});

describe('where changes do not follow', () => {
  test('a wrong prev means a new snapshot', async () => {
    const agent = await startInTouch();
    server.tamper = (answer) => {
      if (answer.path === 'changes') answer.envelope = { ...answer.envelope, prev: 3 };
    };
    server.commit(drop(world.live));
    await becomes(401);
    expect(server.asked.snapshot).toBeGreaterThan(1);
    expect(agent.status().cursor).toBe(server.cursor());
  });

  test('410 means a new snapshot', async () => {
    await startInTouch();
    await stop();
    server.commit(drop(world.live));
    server.oldest = server.seq;
    await start();
    await becomes(401);
    expect(server.asked.snapshot).toBe(2);
  });

  test('a higher epoch is followed, by a new snapshot', async () => {
    const agent = await startInTouch();
    server.epoch = 2;
    server.seq = 4;
    server.commit(drop(world.live));
    await becomes(401);
    expect(agent.status().cursor).toBe('2:5');
    server.epoch = 1;
    server.seq = 900;
    await refuses(agent, 'epoch_lower');
    expect(await ask()).toBe(401);
  });

  test('another scope means a new snapshot', async () => {
    await startInTouch();
    server.scope = 'scope-b';
    server.commit(drop(world.connected));
    await becomes(403);
    expect(server.asked.snapshot).toBeGreaterThan(1);
  });
});

describe('acknowledges', () => {
  test('what it enforces, with a digest that a fresh snapshot gives too', async () => {
    await startInTouch();
    const more = credential(newKey());
    server.commit(put(more), drop(world.connected));
    server.commit(put({ ...world.mock, path: '/other' }), put(world.connected));
    server.commit(drop(more), put(service()));
    await until(() => server.acks.at(-1)?.cursor === server.cursor(), 'the acknowledgement');
    const kept = server.acks.at(-1)?.digest;
    await stop();
    await rm(stateFile());
    await start();
    await until(() => server.asked.snapshot === 2 && server.acks.at(-1)?.cursor === server.cursor(), 'again');
    expect(server.acks.at(-1)?.digest).toBe(kept);
    expect(kept).not.toBe('0'.repeat(64));
  });

  test('and loads a snapshot where the server holds something else', async () => {
    await startInTouch();
    server.disagree = true;
    server.commit(put(service()));
    await until(() => server.asked.snapshot === 2, 'a second snapshot');
    server.disagree = false;
    await until(() => server.acks.at(-1)?.cursor === server.cursor(), 'the acknowledgement');
  });
});

describe('restarts', () => {
  test('goes on from disk while the server is down', async () => {
    await startInTouch();
    server.commit(drop(world.live));
    await becomes(401);
    await stop();
    await server.down();
    const agent = await start();
    expect(await ask()).toBe(401);
    expect(agent.status()).toMatchObject({ cursor: server.cursor() });
    await server.up();
    server.commit(put(world.live));
    await becomes(200);
    expect(server.asked.snapshot).toBe(1);
  });

  test('killed between persisting and applying, it knows the change when it starts again', async () => {
    server.commit(put(service()));
    const hangAfter = `1:${server.seq + 1}`;
    const agent = spawnAgent({
      SERVER: server.url,
      TOKEN: server.token,
      DATA_DIR: dataDir,
      HANG_AFTER: hangAfter,
    });
    await agent.said('started');
    await until(() => server.acks.length > 0, 'the first acknowledgement');
    server.commit(drop(world.live));
    await agent.said(hangAfter);
    await agent.kill();
    expect(server.acks.at(-1)?.cursor).not.toBe(hangAfter);
    await server.down();
    await start();
    expect(await ask()).toBe(401);
    expect(gateway?.status().cursor).toBe(hangAfter);
  });

  test('killed at random in a stream of changes, it never forgets one that it acknowledged', async () => {
    for (let round = 0; round < 4; round++) {
      const agent = spawnAgent({ SERVER: server.url, TOKEN: server.token, DATA_DIR: dataDir });
      await agent.said('started');
      const stopAt = server.seq + 15 + round * 13;
      await until(() => {
        server.commit(put(credential(newKey())));
        return server.seq >= stopAt;
      }, 'a stream of changes');
      await agent.kill();
      const acknowledged = Number(server.acks.at(-1)?.cursor.split(':')[1] ?? 0);
      await server.down();
      await start();
      const held = Number(gateway?.status().cursor?.split(':')[1] ?? 0);
      expect(held).toBeGreaterThanOrEqual(acknowledged);
      await stop();
      await server.up();
    }
    const agent = await startInTouch();
    expect(agent.status().credentials).toBe(server.held().filter(({ k }) => k === 'credential').length);
    await until(() => server.acks.at(-1)?.cursor === server.cursor(), 'the acknowledgement');
  });

  test('a torn tail was never applied: it is dropped, and what was before counts', async () => {
    await startInTouch();
    await stop();
    const before = await readFile(stateFile());
    server.commit(drop(world.live));
    await start();
    await becomes(401);
    await stop();
    await server.down();
    const after = await readFile(stateFile());
    for (const length of [before.length + 1, before.length + 100, after.length - 1]) {
      await writeFile(stateFile(), after.subarray(0, length));
      await start();
      expect(await ask()).toBe(200);
      await stop();
    }
    // What is appended after a torn tail is read again.
    await server.up();
    await start();
    await becomes(401);
    await stop();
    await server.down();
    await start();
    expect(await ask()).toBe(401);
  });

  test('damage anywhere else is no verified state: 503 until the server is reached', async () => {
    await startInTouch();
    server.commit(drop(world.live));
    await becomes(401);
    await stop();
    await server.down();
    const good = await readFile(stateFile());
    for (const at of [3, 40, 500, good.length - 40]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await writeFile(stateFile(), bad);
      await start();
      expect(await ask()).toBe(503);
      await stop();
    }
    await writeFile(stateFile(), good);
    await appendFile(stateFile(), Buffer.concat([Buffer.alloc(300), Buffer.from('\n')]));
    await start();
    expect(await ask()).toBe(503);
    await stop();
    await server.up();
    await start();
    await becomes(401);
  });

  test('a change missing in the middle of the file is damage too', async () => {
    await startInTouch();
    await stop();
    const first = (await readFile(stateFile())).length;
    server.commit(drop(world.live));
    await start();
    await becomes(401);
    await stop();
    const second = (await readFile(stateFile())).length;
    server.commit(put(service()));
    await startInTouch();
    await stop();
    const whole = await readFile(stateFile());
    await server.down();
    await writeFile(stateFile(), Buffer.concat([whole.subarray(0, first), whole.subarray(second)]));
    await start();
    expect(await ask()).toBe(503);
  });

  test('state that was fetched with another token is not this gateway’s', async () => {
    await startInTouch();
    await stop();
    await server.down();
    await start({ token: server.token.replace(/^ghg_.{4}/, 'ghg_AAAA') });
    expect(await ask()).toBe(503);
  });

  test('an empty file is no state', async () => {
    await startInTouch();
    await stop();
    await truncate(stateFile());
    await start();
    await becomes(200);
  });
});

describe('time', () => {
  test('a key expires by the gateway’s own clock', async () => {
    const brief = newKey();
    const application = randomUUID();
    const notAfter = Math.floor(Date.now() / 1000) + 1_000;
    server.commit(
      put(credential(brief, { application, notAfter })),
      put(connection(application, world.mock)),
    );
    await startInTouch();
    await server.down();
    expect(await ask(brief)).toBe(200);
    ahead = 999_000 - 1_000;
    expect(await ask(brief)).toBe(200);
    ahead = 1_001_000;
    expect((await call(gateway?.port ?? 0, '/mock', { key: brief })).code).toBe('key_expired');
    expect(await ask()).toBe(200);
  });

  test('without its server a service goes stale at its own limit, also across a restart', async () => {
    const strict = service({ path: '/strict', mode: 'open', upstream: upstream.url, maxStaleness: 600 });
    server.commit(put(strict));
    await startInTouch();
    await server.down();
    expect(await ask(undefined, '/strict')).toBe(200);
    ahead = 601_000;
    expect((await call(gateway?.port ?? 0, '/strict')).code).toBe('gateway_stale');
    expect(await ask()).toBe(200);
    await stop();
    await start();
    expect(await ask(undefined, '/strict')).toBe(503);
    expect(await ask()).toBe(200);
    ahead = 7 * 24 * 3600 * 1000 + 1_000;
    expect(await ask()).toBe(503);
  });

  test('a replayed old answer proves nothing new', async () => {
    const agent = await startInTouch();
    const proven = agent.status().verifiedAt ?? '';
    server.issuedAt = new Date(Date.now() - 3_600_000).toISOString();
    server.commit(put(service()));
    await inTouch(agent);
    expect((agent.status().verifiedAt ?? '') >= proven).toBe(true);
    await stop();
    await rm(stateFile());
    ahead = 7 * 24 * 3600 * 1000 - 1_800_000;
    await start();
    await until(() => gateway?.status().cursor === server.cursor(), 'the snapshot');
    expect(await ask()).toBe(503);
  });

  test('a connection that stalls hides a change for two seconds at most', async () => {
    await startInTouch();
    server.stalled = true;
    server.commit(drop(world.live));
    await until(() => gateway?.status().failure?.code === 'offline', 'the stall to be noticed', 2_500);
    server.stalled = false;
    await becomes(401);
  });
});

test('a token that is none is refused at once', async () => {
  await expect(start({ token: 'ghg_x' })).rejects.toMatchObject({ code: 'gateway_token_malformed' });
});

test('the token and the keys are in no file', async () => {
  await startInTouch();
  const text = await readFile(stateFile(), 'utf8');
  expect(text).not.toContain(server.token);
  expect(text).not.toContain(world.key);
});
