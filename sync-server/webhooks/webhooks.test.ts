import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Row } from '../../domain/entities.ts';
import { signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createTestPortal, type TestPortal } from '../decisions/testing.ts';
import { createHttp } from '../http/server.ts';
import { createPoster } from './post.ts';
import { projectWebhooks } from './projection.ts';
import { webhookRoutes } from './routes.ts';
import { giveUpAfter } from './schedule.ts';
import { isSigned, startReceiver, type Receiver } from './testing.ts';
import { startWebhooks, type WebhookWorker } from './worker.ts';

const createdSchema = z.looseObject({ id: z.uuid(), secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{43}=$/) });
const deliveriesSchema = z.object({
  deliveries: z.array(
    z.looseObject({ id: z.uuid(), state: z.string(), attempts: z.int(), lastError: z.string().nullable() }),
  ),
});

let dataDir: string;
let test: TestDeps;
let app: FastifyInstance;
let owner: TestAdmin;
let portal: TestPortal;
let receiver: Receiver;
let worker: WebhookWorker;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-webhooks-'));
  test = await createTestDeps({ flags: { dataDir, webhookPrivate: true }, projections: [projectWebhooks] });
  const { deps } = test;
  app = await createHttp({ log: deps.log, tls: false });
  await app.register(webhookRoutes(deps));
  owner = await signedInAdmin(deps);
  portal = await createTestPortal(deps.commit, 3);
  receiver = await startReceiver();
  worker = start();
});

afterEach(async () => {
  await worker.stop();
  await receiver.close();
  await app.close();
  await test.close();
  await rm(dataDir, { recursive: true, force: true });
});

function start(timeout = 10_000): WebhookWorker {
  return startWebhooks({ ...test.deps, poster: createPoster(true, timeout), random: () => 0 });
}

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path = '', payload?: object) {
  const url = `/api/admin/v1/webhooks${path}`;
  return app.inject({ method, url, headers: owner.headers, ...(payload ? { payload } : {}) });
}

async function add(given: object = {}): Promise<z.infer<typeof createdSchema>> {
  const answer = await call('POST', '', { url: receiver.url, ...given });
  expect(answer.statusCode).toBe(201);
  return createdSchema.parse(answer.json());
}

async function deliveries(id: string, query = '') {
  return deliveriesSchema.parse((await call('GET', `/${id}/deliveries${query}`)).json()).deliveries;
}

/** The developer of a request comes into another state. */
async function become(at: number, state: Row<'developer'>['state'], revision = 2): Promise<void> {
  const row = portal.requests[at]?.developer;
  if (!row) throw new Error('no such request');
  await test.deps.commit((change) =>
    change.put('developer', [{ ...row, state, revision }], { actor: `admin:${owner.id}` }),
  );
}

const types = (): string[] => receiver.received.map(({ body }) => body.type);

describe('a transition', () => {
  it('is told to those who asked for it, signed, with ids and nothing else', async () => {
    const all = await add();
    await add({ events: ['application.*', 'developer.rejected'] });
    await become(0, 'approved');
    await worker.flush();
    expect(types()).toEqual(['developer.approved']);
    const [told] = receiver.received;
    const developer = portal.requests[0]?.developer;
    expect(told?.body.data).toMatchObject({
      kind: 'developer',
      id: developer?.id,
      from: 'pending',
      to: 'approved',
      actor: `admin:${owner.id}`,
    });
    expect(told?.raw).not.toContain(developer?.email);
    expect(told && isSigned(told, all.secret)).toBe(true);
    expect(told && isSigned(told, 'whsec_AAAA')).toBe(false);
    const age = Date.now() / 1000 - Number(told?.headers['webhook-timestamp']);
    expect(Math.abs(age)).toBeLessThan(60);
  });

  it('is none where a row changed and its state did not, and one where the row went', async () => {
    await add();
    await become(0, 'pending', 2);
    const [first, second] = portal.requests;
    if (!first || !second) throw new Error('no such request');
    await test.deps.commit(async (change) => {
      await change.drop('application', [first.application], { actor: 'system' });
      const made = { ...second.credential, id: crypto.randomUUID() };
      await change.put('credential', [made], { actor: 'system' });
    });
    await worker.flush();
    expect(types()).toEqual(['application.deleted', 'credential.active']);
    expect(receiver.received.map(({ body }) => body.data.from)).toEqual(['pending', null]);
  });

  it('is told of in the order of the log, and not at all where the commit failed', async () => {
    await add();
    await become(0, 'approved');
    await become(1, 'rejected');
    await become(0, 'revoked', 3);
    const failing = test.deps.commit(async (change) => {
      const row = portal.requests[2]?.developer;
      if (row) await change.put('developer', [{ ...row, state: 'approved' }], { actor: 'system' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await worker.flush();
    expect(types()).toEqual(['developer.approved', 'developer.rejected', 'developer.revoked']);
  });
});

describe('a delivery that does not arrive', () => {
  it.each([500, 302, 'silence'] as const)('is tried again under the same id: %s', async (answer) => {
    await worker.stop();
    worker = start(200);
    const { id } = await add();
    receiver.answer = () => answer;
    await become(0, 'approved');
    await worker.flush();
    const [failed] = await deliveries(id, '?state=pending');
    expect(failed).toMatchObject({
      attempts: 1,
      lastError: answer === 'silence' ? 'timeout' : `HTTP ${answer}`,
    });
    receiver.answer = () => 200;
    await worker.flush();
    expect(receiver.received).toHaveLength(1);
    test.advance(5_000);
    await worker.flush();
    expect(receiver.received.map((one) => one.id)).toEqual([failed?.id, failed?.id]);
    expect(await deliveries(id, '?state=delivered')).toHaveLength(1);
  });

  it('holds up no other endpoint', async () => {
    const away = await startReceiver();
    away.answer = () => 'silence';
    await add({ url: away.url });
    await add();
    await become(0, 'approved');
    const started = performance.now();
    const flushed = worker.flush();
    await expect.poll(() => receiver.received.length).toBe(1);
    expect(performance.now() - started).toBeLessThan(5_000);
    await away.close();
    await flushed;
  });

  it('is a dead letter after a day, its endpoint paused; both come back on an owner’s word', async () => {
    const { id } = await add();
    receiver.answer = () => 503;
    await become(0, 'approved');
    for (let tries = 0; tries < 40; tries += 1) {
      await worker.flush();
      test.advance(giveUpAfter / 20);
    }
    owner = await signedInAdmin(test.deps);
    const [dead, ...more] = await deliveries(id, '?state=dead');
    expect(more).toEqual([]);
    expect(dead).toMatchObject({ state: 'dead', lastError: 'HTTP 503' });
    const paused = (await call('GET', `/${id}`)).json<object>();
    expect(paused).toMatchObject({ pausedReason: 'failing', dead: 1, pending: 0 });

    const before = receiver.received.length;
    receiver.answer = () => 204;
    await become(1, 'approved');
    await worker.flush();
    expect(receiver.received).toHaveLength(before);
    expect((await call('POST', `/${id}/deliveries/${dead?.id ?? ''}/redeliver`)).json()).toEqual({
      count: 1,
    });
    expect((await call('POST', `/${id}/redeliver`)).json()).toEqual({ count: 0 });
    expect((await call('PATCH', `/${id}`, { paused: false })).json<object>()).toMatchObject({
      pausedReason: null,
    });
    await worker.flush();
    const since = receiver.received.slice(before);
    expect(since.map((one) => one.body.data.id)).toEqual([
      portal.requests[0]?.developer.id,
      portal.requests[1]?.developer.id,
    ]);
    expect(since[0]?.id).toBe(dead?.id);
  });

  it('pauses the endpoint at once where the receiver says that it is gone', async () => {
    const { id } = await add();
    receiver.answer = () => 410;
    await become(0, 'approved');
    await worker.flush();
    expect((await call('GET', `/${id}`)).json<object>()).toMatchObject({
      pausedReason: 'failing',
      pending: 1,
    });
  });
});

describe('two processes', () => {
  it('deliver each thing once, and one takes over what the other leaves behind', async () => {
    const other = start();
    await add();
    for (const at of [0, 1, 2]) await become(at, 'approved');
    await Promise.all([worker.flush(), other.flush()]);
    await Promise.all([worker.flush(), other.flush()]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(3);
    expect(receiver.received).toHaveLength(3);

    // As a killed process leaves it: leased, and nobody who renews.
    const until = new Date(test.deps.clock() + 6_000).toISOString();
    await other.stop();
    await test.deps.db
      .updateTable('webhookEndpoints')
      .set({ leasedBy: crypto.randomUUID(), leasedUntil: until })
      .execute();
    await become(0, 'revoked', 3);
    await worker.flush();
    expect(receiver.received).toHaveLength(3);
    test.advance(6_001);
    await worker.flush();
    expect(receiver.received).toHaveLength(4);
  });
});

describe('an endpoint', () => {
  it('has nothing that waits at first', async () => {
    const { id } = await add();
    expect((await call('GET', `/${id}`)).json<object>()).toMatchObject({ pending: 0, dead: 0, failures: 0 });
  });

  it('is for owners only', async () => {
    for (const role of ['viewer', 'reviewer'] as const) {
      owner = await signedInAdmin(test.deps, role);
      expect((await call('GET')).statusCode).toBe(403);
      expect((await call('POST', '', { url: receiver.url })).statusCode).toBe(403);
    }
  });

  it('shows its secret once, and signs with both for a day after a new one', async () => {
    const { id, secret } = await add();
    for (const path of ['', `/${id}`]) expect((await call('GET', path)).body).not.toContain('whsec_');
    const rotated = z.object({ secret: z.string() }).parse((await call('POST', `/${id}/secret`)).json());
    await become(0, 'approved');
    await worker.flush();
    test.advance(24 * 60 * 60 * 1000 + 1);
    await become(1, 'approved');
    await worker.flush();
    const [first, second] = receiver.received;
    expect([secret, rotated.secret].map((one) => first && isSigned(first, one))).toEqual([true, true]);
    expect([secret, rotated.secret].map((one) => second && isSigned(second, one))).toEqual([false, true]);
    const kept = await test.deps.db.selectFrom('webhookSecrets').select('secret').execute();
    const plain = Buffer.from(secret.slice(6), 'base64');
    expect(kept.some((row) => row.secret.includes(plain))).toBe(false);
  });

  it('is changed, paused and removed', async () => {
    const { id } = await add();
    expect((await call('PATCH', `/${id}`, { events: ['developer.nonsense'] })).statusCode).toBe(400);
    expect((await call('PATCH', `/${id}`, { paused: true })).json<object>()).toMatchObject({
      pausedReason: 'owner',
    });
    await become(0, 'approved');
    await worker.flush();
    expect(receiver.received).toEqual([]);
    await call('PATCH', `/${id}`, { paused: false, events: ['developer.revoked'] });
    await become(0, 'rejected', 3);
    await worker.flush();
    expect(types()).toEqual(['developer.approved']);
    expect((await call('DELETE', `/${id}`)).statusCode).toBe(204);
    expect((await call('DELETE', `/${id}`)).statusCode).toBe(404);
    await become(0, 'revoked', 4);
    await worker.flush();
    expect(receiver.received).toHaveLength(1);
    const events = await test.deps.db
      .selectFrom('changeLog')
      .select(['action', 'payload'])
      .where('entity', '=', 'webhook')
      .orderBy('seq')
      .execute();
    expect(events.map(({ action }) => action)).toEqual([
      'webhook.added',
      'webhook.changed',
      'webhook.changed',
      'webhook.removed',
    ]);
    const resumed: unknown = JSON.parse(String(events[2]?.payload));
    expect(resumed).toMatchObject({ events: ['developer.revoked'], paused: false, before: { paused: true } });
    expect(String(events[3]?.payload)).toContain('"before":{"description":');
  });
});
