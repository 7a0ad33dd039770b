import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionsResponseSchema } from '../domain/wire/admin.ts';
import { signedInAdmin } from './admins/testing.ts';
import { createTestPortal, testIntent } from './decisions/testing.ts';
import { TestDesk } from './replication/testing.ts';
import { createTestDatabase, type TestDatabase } from './db/testing.ts';
import { startServer, type RunningServer } from './server.ts';

let database: TestDatabase;
let dataDir: string;
const running: RunningServer[] = [];

function start(): Promise<RunningServer> {
  return startServer({
    flags: { databaseUrl: database.connectionString, port: 0, dataDir },
    env: {},
    logLevel: 'silent',
  });
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-server-'));
  database = await createTestDatabase();
  running.push(await start(), await start());
});

afterAll(async () => {
  await Promise.all(running.map((server) => server.close()));
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a started server', () => {
  it('answers, and knows its own address though the port was any', async () => {
    const [server] = running;
    const answer = await fetch(`${server?.url ?? ''}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ready' }]);
    expect(server?.config.publicUrl).toBe(`http://localhost:${server?.config.port ?? 0}`);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('makes the first admin and the signing key once for all processes on the database', () => {
    const [first, second] = running;
    expect([first?.firstAdmin?.email, second?.firstAdmin]).toEqual(['admin@localhost', null]);
    expect(first?.deps.key.fingerprint).toBe(second?.deps.key.fingerprint);
  });

  it('hears what another process commits', async () => {
    const [first, second] = running;
    if (!first || !second) throw new Error('not started');
    const before = second.deps.wake.seq();
    const heard = second.deps.wake.wait(before, 10_000);
    await first.deps.commit((change) =>
      change.put(
        'gateway',
        [
          {
            id: crypto.randomUUID(),
            portalId: null,
            region: 'eu',
            name: 'g',
            revision: 1,
            createdAt: change.now,
          },
        ],
        { actor: 'system' },
      ),
    );
    await heard;
    expect(second.deps.wake.seq()).toBeGreaterThan(before);
  });

  it('shows a desk at one process what is decided at another, and writes to the requester', async () => {
    const [first, second] = running;
    if (!first || !second) throw new Error('not started');
    const { requests } = await createTestPortal(first.deps.commit, 1);
    const { id = '', email = '' } = requests[0]?.developer ?? {};
    const admin = await signedInAdmin(first.deps);
    const desk = await TestDesk.connect(first.url, admin.headers);
    const intent = testIntent(admin.device, 'approve', { kind: 'developer', id });
    const answer = await fetch(`${second.url}/api/admin/v1/decisions`, {
      method: 'POST',
      headers: { ...admin.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ intents: [intent] }),
    });
    const { outcomes } = decisionsResponseSchema.parse(await answer.json());
    expect(outcomes).toMatchObject([{ intent: intent.id, kind: 'applied' }]);
    await desk.until(() => desk.outcomes().length > 0);
    expect(desk.outcomes()).toEqual(outcomes);
    await desk.close();
    const mails = await first.deps.db
      .selectFrom('mailOutbox')
      .select('subject')
      .where('recipient', '=', email)
      .execute();
    expect(mails).toHaveLength(1);
  });

  it('says which port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const flags = { databaseUrl: database.connectionString, port, dataDir };
    await expect(startServer({ flags, env: {}, logLevel: 'silent' })).rejects.toMatchObject({
      code: 'port_taken',
      message: `Port ${port} is in use.`,
    });
    holder.close();
  });
});

describe('bad input', () => {
  const table: [what: string, path: string, init: RequestInit, status: number, code: string][] = [
    ['unknown address', '/api/admin/v1/nothing', {}, 404, 'not_found'],
    ['wrong method', '/api/admin/v1/token', {}, 405, 'method_not_allowed'],
    ['malformed JSON', '/api/admin/v1/token', json('{'), 400, 'malformed_json'],
    ['no JSON', '/api/admin/v1/token', json(''), 400, 'malformed_json'],
    ['unknown fields', '/api/admin/v1/token', json('{"grant_type":"password"}'), 400, 'invalid_input'],
    ['a prototype', '/api/admin/v1/token', json('{"__proto__":{}}'), 400, 'malformed_json'],
    ['oversize', '/api/admin/v1/token', json(`"${'x'.repeat(300_000)}"`), 413, 'body_too_large'],
    [
      'another type',
      '/api/admin/v1/token',
      { ...json('{}'), headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['intents that are none', '/api/admin/v1/decisions', json('{"intents":[{}]}'), 401, 'unauthenticated'],
    ['no socket', '/api/admin/v1/sync', {}, 401, 'unauthenticated'],
    ['no token', '/api/admin/v1/me', {}, 401, 'unauthenticated'],
    [
      'a foreign token',
      '/api/admin/v1/me',
      { headers: { authorization: 'Bearer gha_nothing' } },
      401,
      'unauthenticated',
    ],
    ['a bad URL', '/api/admin/v1/%zz', {}, 404, 'not_found'],
  ];

  function json(body: string): RequestInit {
    return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  }

  it.each(table)('%s', async (_what, path, init, status, code) => {
    const answer = await fetch(`${running[0]?.url ?? ''}${path}`, init);
    expect(await answer.json()).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});
