import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemSchema } from '../../domain/wire/admin.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import type { Flags } from '../config/config.ts';
import { createDb, createPool } from '../db/connect.ts';
import { newId } from '../config/deps.ts';
import { createHttp } from '../http/server.ts';
import { createTestPortal } from '../decisions/testing.ts';
import { maxAttempts } from '../mail/outbox.ts';
import { readMetrics } from '../../test/support/prometheus.ts';
import { queueDepths } from './queues.ts';
import { patience } from './ready.ts';
import { watchingRoutes } from './routes.ts';

let test: TestDeps;
let app: FastifyInstance;
/** What watches has a connection of its own, to be spoiled and taken away. */
let pool: Pool;

async function start(flags: Flags = {}): Promise<void> {
  test = await createTestDeps({ flags });
  pool = createPool({ ...test.database.connection, max: 1 });
  const deps = { ...test.deps, pool, db: createDb(pool) };
  app = await createHttp({ log: deps.log, tls: false, metrics: deps.metrics });
  await app.register(watchingRoutes(deps));
  app.get('/things/:id', async () => ({}));
}

async function ready(): Promise<string> {
  const answer = await app.inject({ url: '/readyz' });
  return answer.statusCode === 200 ? 'ready' : problemSchema.parse(answer.json()).code;
}

async function metrics(headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') {
  return app.inject({ url: '/metrics', headers, remoteAddress });
}

const put = (): Promise<void> =>
  test.deps.commit((change) => {
    const id = newId(test.deps.clock);
    const row = { id, portalId: null, region: 'eu', name: id, revision: 1, createdAt: change.now };
    return change.put('gateway', [row], { actor: 'system' });
  });

beforeEach(() => start());
async function stop(): Promise<void> {
  await app.close();
  if (!pool.ended) await pool.end();
  await test.close();
}
afterEach(stop);

describe('readiness', () => {
  it('stands while the database answers, has the right shape and is followed', async () => {
    const unfollow = test.deps.metrics.follow(() => ({ epoch: 1, seq: 0 }));
    expect(await ready()).toBe('ready');
    await put();
    expect(await ready()).toBe('ready');
    test.advance(patience + 1);
    expect(await ready()).toBe('feed_behind');
    unfollow();
    test.deps.metrics.follow(() => ({ epoch: 1, seq: 1 }));
    expect(await ready()).toBe('ready');
  });

  it('falls with a database of another shape, with settings that lose commits, and with none at all', async () => {
    const { db } = test.deps;
    await sql`insert into kysely_migration values ('9999-newer', '')`.execute(db);
    expect(await ready()).toBe('migrations_differ');
    await sql`delete from kysely_migration where name = '9999-newer'`.execute(db);
    expect(await ready()).toBe('ready');
    await pool.query('set synchronous_commit = off');
    expect(await ready()).toBe('database_unsafe');
    await pool.end();
    expect(await ready()).toBe('unavailable');
    expect((await app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' });
  });
});

describe('the metrics', () => {
  it('are for programs of this machine, as long as the server is for this machine', async () => {
    expect((await metrics()).statusCode).toBe(200);
    expect((await metrics({}, '::ffff:127.0.0.1')).statusCode).toBe(200);
    for (const [headers, address] of [
      [{}, '192.0.2.7'],
      [{ 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
      [{ forwarded: 'for=192.0.2.7' }, '127.0.0.1'],
    ] as const) {
      const answer = await metrics(headers, address);
      expect(problemSchema.parse(answer.json())).toMatchObject({ status: 401, code: 'metrics_refused' });
    }
    await stop();
    await start({ publicUrl: 'https://portal.example.com' });
    expect((await metrics()).statusCode).toBe(401);
  });

  it('are not for a page whose own name leads to this machine', async () => {
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080', 'demo.localhost']) {
      expect([host, (await metrics({ host })).statusCode]).toEqual([host, 200]);
    }
    for (const host of [
      'evil.example:8080',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '192.0.2.7',
      'a b',
    ]) {
      expect([host, (await metrics({ host })).statusCode]).toEqual([host, 401]);
    }
  });

  it('are for whoever has the token, where one is set', async () => {
    await stop();
    const metricsToken = 'a token of some length';
    await start({ metricsToken, publicUrl: 'https://portal.example.com' });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await metrics()).statusCode).toBe(401);
    expect((await metrics(bearer(`${metricsToken}s`))).statusCode).toBe(401);
    expect((await metrics(bearer(metricsToken), '192.0.2.7')).statusCode).toBe(200);
  });

  it('count requests by the pattern of their route, however many addresses are asked for', async () => {
    for (const path of ['/things/1', '/things/2?token=secret', '/nowhere', '/nothing']) {
      await app.inject({ url: path });
    }
    const { body } = await metrics();
    const counts = body.split('\n').filter((line) => line.startsWith('gatehouse_http_request_seconds_count'));
    expect(counts.sort()).toEqual([
      'gatehouse_http_request_seconds_count{method="GET",route="/things/:id",status="200"} 2',
      'gatehouse_http_request_seconds_count{method="GET",route="none",status="404"} 2',
    ]);
  });

  it('say how far the log is, and who is how far behind it', async () => {
    await put();
    const { id: gateway } = await test.deps.db.selectFrom('gateways').select('id').executeTakeFirstOrThrow();
    const at = new Date(test.deps.clock()).toISOString();
    await test.deps.db
      .insertInto('gatewayAcks')
      .values({ gatewayId: gateway, epoch: 1, seq: 1, digest: '', at })
      .execute();
    await put();
    await put();
    test.deps.metrics.follow(() => ({ epoch: 1, seq: 2 }));
    const { body } = await metrics();
    for (const line of [
      'gatehouse_database_up 1',
      'gatehouse_log_head_seq 3',
      'gatehouse_log_head_epoch 1',
      'gatehouse_feed_lag_changes 1',
      `gatehouse_gateway_lag_changes{id="${gateway}"} 2`,
      'gatehouse_queue_depth{queue="mail"} 0',
      'gatehouse_queue_depth{queue="webhook_dead"} 0',
      'gatehouse_commit_entries_count 3',
    ]) {
      expect(body).toContain(`\n${line}\n`);
    }
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('are named and written as Prometheus wants them', async () => {
    await put();
    await app.inject({ url: '/things/1' });
    test.deps.metrics.mails.inc({ result: 'sent' });
    const { problems, samples } = readMetrics((await metrics()).body);
    expect(problems).toEqual([]);
    expect(samples.length).toBeGreaterThan(50);
  });

  it('count what waits up to a bound, by queue', async () => {
    const { db } = test.deps;
    const at = new Date(test.deps.clock()).toISOString();
    const mail = {
      body: '',
      portalId: null,
      recipient: 'a@example.com',
      subject: '',
      createdAt: at,
      lastError: null,
    };
    const mails = [0, 1, 2, maxAttempts].map((attempts) => ({
      ...mail,
      id: newId(test.deps.clock),
      attempts,
      nextAttemptAt: at,
      sentAt: attempts === 0 ? at : null,
    }));
    await db.insertInto('mailOutbox').values(mails).execute();
    const { value } = readMetrics((await metrics()).body);
    expect(value('gatehouse_queue_depth', { queue: 'mail' })).toBe(2);
    expect(value('gatehouse_queue_depth', { queue: 'mail_dead' })).toBe(1);
    expect(await queueDepths(db, 1)).toContainEqual({ name: 'mail', depth: 1 });
  });

  it('cost the same however large the portal is: none of its tables is looked through', async () => {
    await createTestPortal(test.deps.commit, 200);
    await sql`analyze`.execute(test.deps.db);
    const scans = async (): Promise<string[]> => {
      await pool.query('select pg_stat_force_next_flush()');
      const { rows } = await pool.query<{ line: string }>(
        `select relname || ' ' || seq_scan as line from pg_stat_user_tables
         where relname in ('change_log', 'developers', 'applications', 'registrations', 'credentials',
           'product_members', 'scope_changes', 'intent_outcomes') order by 1`,
      );
      return rows.map(({ line }) => line);
    };
    await metrics();
    const before = await scans();
    expect(before).toHaveLength(8);
    await metrics();
    expect(await scans()).toEqual(before);
  });

  it('leave out what only the database knows while it is away', async () => {
    await metrics();
    await pool.end();
    const answer = await metrics();
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('\ngatehouse_database_up 0\n');
    expect(answer.body).not.toContain('\ngatehouse_log_head_seq ');
  });
});
