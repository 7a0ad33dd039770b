import { afterEach, beforeEach, expect, test } from 'vitest';
import { deskFolder, removeFolder, settled, testDesk, type TestDesk } from '../testing/desk.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';

let server: TestServer;
let dataDir: string;
let desk: TestDesk | null = null;

beforeEach(async () => {
  server = await startTestServer();
  dataDir = await deskFolder();
});

afterEach(async () => {
  await desk?.close();
  desk = null;
  await server.close();
  await removeFolder(dataDir);
});

/** A signed-in desk that has decided about `count` developers. */
async function decided(count: number): Promise<TestDesk> {
  const { portal } = server;
  const targets = Array.from({ length: count }, (_, number) => {
    const { id } = portal.seed('developer', portal.developer(number));
    return { kind: 'developer' as const, id };
  });
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  await desk.ask('decide', { action: 'approve', targets, reason: null });
  return desk;
}

test('a desk that sends too fast for the server waits as long as it is told, and loses nothing', async () => {
  server.knobs.turnAway = { code: 'rate_limited', retryAfter: 1 };
  const working = await decided(5);
  await working.until(({ sync }) => sync.state === 'offline');
  const start = performance.now();
  await working.until(settled);
  expect(performance.now() - start).toBeGreaterThan(900);
  expect(new Set(server.seen.intents).size).toBe(5);
  expect(server.seen.intents).toHaveLength(5);
  expect((await working.ask('attention.list', {})).entries).toEqual([]);
});

test.each(['origin_refused', 'forbidden', 'device_foreign'] as const)(
  'a server that refuses the connection (%s) is not one that has removed the device',
  async (code) => {
    desk = await testDesk({ dataDir, server: server.url });
    const { id } = server.portal.seed('developer', server.portal.developer(1));
    await desk.signIn();
    server.knobs.refuseUpgrade = code;
    server.dropSockets();
    await desk.until(({ sync }) => sync.state === 'offline');
    await desk.ask('decide', { action: 'approve', targets: [{ kind: 'developer', id }], reason: null });
    const before = server.seen.upgrades;
    await expect.poll(() => server.seen.upgrades, { timeout: 20_000 }).toBeGreaterThan(before + 1);
    const status = await desk.ask('status.get', {});
    expect(status.held + status.waiting + status.sent).toBe(1);
    server.knobs.refuseUpgrade = null;
    await desk.until(settled);
    expect(server.seen.intents).toHaveLength(1);
  },
);

test('a desk that is older than its server says so, keeps what is decided, and sends it once it fits', async () => {
  const { id } = server.portal.seed('developer', server.portal.developer(1));
  const working = await decided(0);
  await working.until(settled);
  server.knobs.refuseUpgrade = 'desk_outdated';
  server.dropSockets();
  await working.until(({ sync }) => sync.state === 'offline' && sync.why?.code === 'desk_outdated');
  await working.ask('decide', { action: 'approve', targets: [{ kind: 'developer', id }], reason: null });
  server.knobs.refuseUpgrade = null;
  await working.until(settled);
  expect(server.seen.intents).toHaveLength(1);
});

test('a server that is merely away needs nobody to do anything', async () => {
  const working = await decided(0);
  server.knobs.refuseUpgrade = 'unavailable';
  server.dropSockets();
  const { sync } = await working.until(({ sync: now }) => now.state === 'offline');
  expect(sync).toMatchObject({ state: 'offline', why: null });
});

test('a device that was removed hears it from the server, and its decisions are answered refused', async () => {
  const working = await decided(0);
  server.knobs.refuseUpgrade = 'device_revoked';
  const { id } = server.portal.seed('developer', server.portal.developer(1));
  server.dropSockets();
  await working.until(({ sync }) => sync.state === 'signed-out');
  expect(
    await working.try('decide', { action: 'approve', targets: [{ kind: 'developer', id }], reason: null }),
  ).toMatchObject({ ok: false });
});

test('what was on its way when the device was removed is refused by nobody but the server, which is asked again', async () => {
  const { portal, knobs } = server;
  const { id } = portal.seed('developer', portal.developer(1));
  const working = await decided(0);
  await working.until(settled);
  // Taken in by the server; the answer never arrives.
  knobs.bend = () => null;
  await working.ask('decide', { action: 'approve', targets: [{ kind: 'developer', id }], reason: null });
  await expect.poll(() => server.seen.intents.length).toBe(1);
  knobs.refuseUpgrade = 'device_revoked';
  server.dropSockets();
  const { sent } = await working.until(({ sync }) => sync.state === 'signed-out');
  expect(sent).toBe(1);
  knobs.bend = (frame) => frame;
  knobs.refuseUpgrade = null;
  await working.signIn();
  await working.until(settled);
  expect((await working.ask('attention.list', {})).entries).toEqual([]);
});
