import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QueueFilter } from '../../domain/desk/api.ts';
import { startTestServer, type TestServer } from './testing/server.ts';
import { removeFolder, deskFolder, settled, synced, testDesk, type TestDesk } from './testing/desk.ts';
import { memorySecrets } from './session/secrets.ts';

const all: QueueFilter = { kinds: [], states: [], portalId: null, search: '' };

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

function seedRequests(count: number) {
  const { portal } = server;
  return Array.from({ length: count }, (_, n) => {
    const developer = portal.seed('developer', portal.developer(n));
    const application = portal.seed('application', portal.application(n, developer));
    const registration = portal.seed('registration', portal.registration(n, application));
    return { developer, application, registration };
  });
}

test('a new desk loads the snapshot, shows the queue, decides, and sees the outcome come back', async () => {
  const requests = seedRequests(3);
  desk = await testDesk({ dataDir, server: server.url });
  expect(await desk.ask('queue.page', { filter: all, after: null, limit: 10 })).toEqual({
    rows: [],
    next: null,
  });
  await desk.signIn();

  const page = await desk.ask('queue.page', {
    filter: { ...all, kinds: ['registration'] },
    after: null,
    limit: 2,
  });
  expect(page.rows.map(({ title }) => title)).toEqual([
    'App 2, "the 2th" → Weather v1',
    'App 1, "the 1th" → Weather v1',
  ]);
  const rest = await desk.ask('queue.page', {
    filter: { ...all, kinds: ['registration'] },
    after: page.next,
    limit: 2,
  });
  expect(rest.rows.map(({ id }) => id)).toEqual([requests[0]?.registration.id]);
  expect(rest.next).toBeNull();
  expect((await desk.ask('queue.counts', {})).byKind.developer).toEqual({ pending: 3 });

  const developers = requests.map(({ developer }) => ({ kind: 'developer' as const, id: developer.id }));
  const decided = await desk.ask('decide', { action: 'approve', targets: developers, reason: null });
  expect(decided).toMatchObject({ recorded: 3, skipped: [] });
  await desk.until(settled);
  await expect
    .poll(async () => (await desk?.ask('queue.counts', {}))?.byKind.developer)
    .toEqual({ approved: 3 });
  expect(server.portal.get('developer', developers[0]?.id ?? '')?.state).toBe('approved');
});

test('while the server makes the first copy, the desk is not offline', async () => {
  seedRequests(1);
  const made = Promise.withResolvers<void>();
  server.knobs.making = made.promise;
  desk = await testDesk({ dataDir, server: server.url });
  const signingIn = desk.signIn();
  const { sync } = await desk.until(({ sync: now }) => now.state === 'syncing');
  expect(sync).toEqual({ state: 'syncing', done: 0, of: null });
  expect(server.seen.chunks).toEqual([]);
  made.resolve();
  await signingIn;
});

test('offline decisions survive the desk, and are delivered in chains when the network is back', async () => {
  const [request] = seedRequests(1);
  if (!request) throw new Error('no request');
  const secrets = memorySecrets();
  desk = await testDesk({ dataDir, server: server.url, secrets });
  await desk.signIn();
  await server.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  for (const kind of ['developer', 'application', 'registration'] as const) {
    await desk.ask('decide', { action: 'approve', targets: [{ kind, id: request[kind].id }], reason: null });
  }
  await desk.close();
  desk = await testDesk({ dataDir, server: server.url, secrets });
  const { rows } = await desk.ask('queue.page', {
    filter: { ...all, states: ['pending'] },
    after: null,
    limit: 10,
  });
  expect(rows.map(({ pending }) => pending?.action)).toEqual(['approve', 'approve', 'approve']);
  await server.mend();
  await desk.until(settled);
  expect((await desk.ask('attention.list', {})).entries).toEqual([]);
  for (const kind of ['developer', 'application', 'registration'] as const) {
    expect(server.portal.get(kind, request[kind].id)?.state).toBe('approved');
  }
});

test('a desk that slept through 5,000 changes catches up by pages, without a snapshot', async () => {
  const [request] = seedRequests(1);
  if (!request) throw new Error('no request');
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  await server.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  const { portal } = server;
  for (let n = 1; n <= 5_000; n++) {
    portal.put('developer', { ...request.developer, name: `Name ${n}`, revision: n + 1 });
  }
  await server.mend();
  await desk.until(synced);
  expect(server.seen.manifests).toBe(1);
  expect(server.seen.changes).toBeGreaterThanOrEqual(50);
  const { rows } = await desk.ask('queue.page', {
    filter: { ...all, kinds: ['developer'] },
    after: null,
    limit: 10,
  });
  expect(rows.map(({ title }) => title)).toEqual(['Name 5000']);
});

test('a name from before the rule for names does not turn the address beside it', async () => {
  const { portal } = server;
  const developer = portal.seed('developer', {
    ...portal.developer(1),
    name: 'Eve \u202Emoc.elgoog@eve',
    email: 'eve@example.com',
  });
  const application = portal.seed('application', { ...portal.application(1, developer), name: 'A\u2067pp' });
  portal.seed('registration', portal.registration(1, application));
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();

  const { rows } = await desk.ask('queue.page', { filter: all, after: null, limit: 10 });
  expect(rows.map(({ kind, title, subtitle }) => [kind, title, subtitle]).sort()).toEqual([
    ['application', 'App', 'Eve moc.elgoog@eve · eve@example.com'],
    ['developer', 'Eve moc.elgoog@eve', 'eve@example.com'],
    ['registration', 'App → Weather v1', 'Eve moc.elgoog@eve · eve@example.com'],
  ]);
  await server.cut();
  const target = { kind: 'developer', id: developer.id } as const;
  await desk.ask('decide', { action: 'approve', targets: [target], reason: null });
  const { entries } = await desk.ask('outbox.list', {});
  expect(entries.map(({ title }) => title)).toEqual(['Eve moc.elgoog@eve']);
});

test('the admin’s own page opens in the browser', async () => {
  const seen: string[] = [];
  const openBrowser = async (url: string): Promise<boolean> => seen.push(url) > 1;
  desk = await testDesk({ dataDir, server: server.url, openBrowser });
  const url = `${server.url}/admin/account`;
  expect(await desk.ask('session.account', {})).toEqual({ url, opened: false });
  expect(seen).toEqual([url]);
});

test('a snapshot that is cut off goes on where it was, and damaged chunks are not taken', async () => {
  seedRequests(30);
  server.knobs.perChunk = 10;
  let bend = true;
  server.knobs.bendChunk = (bytes, number) => (bend && number === 6 ? bytes.map((byte) => byte ^ 1) : bytes);
  const secrets = memorySecrets();
  desk = await testDesk({ dataDir, server: server.url, secrets });
  await desk.ask('session.signIn', {});
  const tries = () => server.seen.chunks.filter((number) => number === 6).length;
  await expect.poll(tries, { timeout: 20_000 }).toBeGreaterThan(1);
  // What is in can be read already; it is counted once all is in.
  const { refs } = await desk.ask('queue.select', { filter: all });
  expect(refs.length).toBeGreaterThan(0);
  expect(refs.length).toBeLessThan(90);
  expect((await desk.ask('status.get', {})).rows).toBe(0);
  expect(server.seen.chunks.filter((number) => number === 0)).toHaveLength(1);
  await desk.close();
  bend = false;
  desk = await testDesk({ dataDir, server: server.url, secrets });
  expect((await desk.until(synced)).rows).toBe(90);
  expect(server.seen.chunks.filter((number) => number === 0)).toHaveLength(1);
});

test('a frame that was lost on its way is fetched by pages, before those behind it land', async () => {
  const [one, two] = seedRequests(2);
  if (!one || !two) throw new Error('no requests');
  const { portal, knobs } = server;
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  const titles = async (): Promise<string[]> => {
    const filter: QueueFilter = { ...all, kinds: ['developer'] };
    const page = await desk?.ask('queue.page', { filter, after: null, limit: 10 });
    return (page?.rows ?? []).map(({ title }) => title);
  };
  const asked = server.seen.changes;
  knobs.bend = () => null;
  portal.put('developer', { ...one.developer, name: 'Lost', revision: 2 });
  knobs.bend = (frame) => frame;
  portal.put('developer', { ...two.developer, name: 'Behind it', revision: 2 });
  await expect.poll(titles, { timeout: 20_000 }).toEqual(['Behind it', 'Lost']);
  expect(server.seen.changes).toBe(asked + 1);
});

test('a log that does not reach back far enough, or a restore, means a new snapshot; an older epoch is not believed', async () => {
  const [request] = seedRequests(1);
  if (!request) throw new Error('no request');
  const { portal } = server;
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  await server.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  portal.put('developer', { ...request.developer, name: 'Later', revision: 2 });
  portal.forget();
  await server.mend();
  await desk.until(synced);
  expect(server.seen.manifests).toBe(2);

  await server.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  portal.restore({ epoch: 2, seq: 0 });
  await server.mend();
  await desk.until(synced);
  expect(server.seen.manifests).toBe(3);

  await server.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  portal.restore({ epoch: 1, seq: 500 });
  const before = server.seen.upgrades;
  await server.mend();
  await expect.poll(() => server.seen.upgrades, { timeout: 20_000 }).toBeGreaterThan(before + 1);
  expect((await desk.ask('status.get', {})).sync.state).toBe('offline');
  expect(server.seen.manifests).toBe(3);
});

test('an expired token is renewed by itself; one that cannot be leaves the desk working, signed out', async () => {
  const [request] = seedRequests(1);
  if (!request) throw new Error('no request');
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  server.expireTokens();
  server.dropSockets();
  await desk.until(({ sync }) => sync.state === 'offline');
  await desk.until(synced);

  server.knobs.refuseRefresh = true;
  server.expireTokens();
  server.dropSockets();
  await desk.until(({ sync }) => sync.state === 'signed-out');
  expect(await desk.ask('session.get', {})).toMatchObject({ signedIn: false, admin: { name: 'Ada' } });
  const target = { kind: 'developer' as const, id: request.developer.id };
  await desk.ask('decide', { action: 'approve', targets: [target], reason: null });
  expect((await desk.ask('outbox.list', {})).entries).toMatchObject([{ id: target.id, phase: 'waiting' }]);
  await desk.signIn();
  await desk.until(settled);
  expect(server.portal.get('developer', target.id)?.state).toBe('approved');
});

test("another admin on the same desk never sends the first one's decisions, nor sees them", async () => {
  const [request] = seedRequests(1);
  if (!request) throw new Error('no request');
  desk = await testDesk({ dataDir, server: server.url, hold: 60_000 });
  const target = { kind: 'developer' as const, id: request.developer.id };
  const first = server.knobs.admin;
  await desk.signIn();
  await desk.ask('decide', { action: 'approve', targets: [target], reason: null });
  expect(await desk.ask('session.signOut', { undelivered: 'keep' })).toEqual({
    delivered: 0,
    kept: 1,
    discarded: 0,
  });
  expect(await desk.try('decide', { action: 'approve', targets: [target], reason: null })).toMatchObject({
    ok: false,
    failure: { code: 'signed_out' },
  });

  server.knobs.admin = '00000000-0000-7000-8000-00000000000b';
  await desk.signIn();
  expect((await desk.ask('outbox.list', {})).total).toBe(0);
  await desk.ask('session.signOut', { undelivered: 'send' });
  expect(server.seen.intents).toEqual([]);

  server.knobs.admin = first;
  await desk.signIn();
  expect((await desk.ask('outbox.list', {})).total).toBe(1);
  expect(await desk.ask('session.signOut', { undelivered: 'send' })).toEqual({
    delivered: 1,
    kept: 0,
    discarded: 0,
  });
  expect(server.portal.get('developer', target.id)?.state).toBe('approved');
});

test('thousands of decisions leave in slices, at most a thousand on their way, each once', async () => {
  const requests = seedRequests(1_200);
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  await server.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  const targets = requests.flatMap(({ developer, application }) => [
    { kind: 'developer' as const, id: developer.id },
    { kind: 'application' as const, id: application.id },
  ]);
  await desk.ask('decide', { action: 'reject', targets, reason: 'no' });
  await server.mend();
  await desk.until(settled);
  expect(new Set(server.seen.intents).size).toBe(2_400);
  expect(server.seen.intents).toHaveLength(2_400);
  expect(server.seen.outstanding).toBeLessThanOrEqual(1_000);
});

// Ten seconds by the desk's own clock, and more on a busy machine.
test('an answer that passed the desk by is asked for', { timeout: 60_000 }, async () => {
  const [request] = seedRequests(1);
  if (!request) throw new Error('no request');
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  server.knobs.deaf = true;
  const target = { kind: 'developer' as const, id: request.developer.id };
  await desk.ask('decide', { action: 'approve', targets: [target], reason: null });
  await desk.until(({ sent }) => sent === 1);
  await desk.until(settled);
  expect(server.seen.posted).toBe(1);
});

test('a connection that says nothing any more is found out and replaced', async () => {
  desk = await testDesk({ dataDir, server: server.url });
  await desk.signIn();
  const began = Date.now();
  server.stall();
  await desk.until(({ sync }) => sync.state === 'offline');
  expect(Date.now() - began).toBeLessThan(14_000);
  await desk.until(synced);
});
