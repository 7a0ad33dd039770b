import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QueueFilter } from '../../domain/desk/api.ts';
import { startTestServer, type TestServer } from './testing/server.ts';
import { removeFolder, scratchFolder, settled, synced, testDesk, type TestDesk } from './testing/desk.ts';
import { memorySecrets } from './session/secrets.ts';

const all: QueueFilter = { kinds: [], states: [], portalId: null, search: '' };

let server: TestServer;
let dataDir: string;
let desk: TestDesk | null = null;

beforeEach(async () => {
  server = await startTestServer();
  dataDir = await scratchFolder();
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
