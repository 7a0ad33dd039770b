/** A server that goes on running while a newer release brings its database up to date. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { signedInAdmin } from './admins/testing.ts';
import { createDb, createPool } from './db/connect.ts';
import { migrate, migrateTo, migrationNames, shapeChannel } from './db/migrate.ts';
import { createTestDatabase, type TestDatabase } from './db/testing.ts';
import { createTestPortal, testIntent } from './decisions/testing.ts';
import { TestDesk } from './replication/testing.ts';
import { startServer, type RunningServer } from './server.ts';

describe('a server whose database a newer release has brought up to date', () => {
  let database: TestDatabase;
  let dataDir: string;
  let server: RunningServer;
  let newer: Client;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-server-'));
    database = await createTestDatabase();
    server = await startServer({
      flags: { databaseUrl: database.connectionString, port: 0, dataDir },
      env: {},
      logLevel: 'silent',
    });
    newer = new Client(database.connection);
    await newer.connect();
  });

  afterEach(async () => {
    await newer.end();
    await server.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const bringUpToDate = "insert into kysely_migration values ('9999-later', '')";
  const announce = `select pg_notify('${shapeChannel}', '9999-later')`;
  const refused = { code: 'migrations_differ' };
  const touchAdmins = () => sql`update admins set name = name`.execute(server.deps.db);

  it('writes nothing any more, whoever asks, and says so to desks, which may go elsewhere', async () => {
    const admin = await signedInAdmin(server.deps);
    const { requests } = await createTestPortal(server.deps.commit, 1);
    const target = { kind: 'developer' as const, id: requests[0]?.developer.id ?? '' };
    const body = JSON.stringify({ intents: [testIntent(admin.device, 'approve', target)] });
    const desk = await TestDesk.connect(server.url, admin.headers);
    const state = () => newer.query('select * from log_head').then(({ rows }) => rows as unknown[]);
    const before = await state();

    await newer.query(`begin; ${bringUpToDate}; ${announce}; commit`);
    expect(await desk.ended()).toBe('migrations_differ');
    await expect(TestDesk.connect(server.url, admin.headers)).rejects.toThrow('refused with 503');
    const answer = await fetch(`${server.url}/api/admin/v1/decisions`, {
      method: 'POST',
      headers: { ...admin.headers, 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining(refused)]);
    await expect(createTestPortal(server.deps.commit, 1)).rejects.toMatchObject(refused);
    await expect(touchAdmins()).rejects.toMatchObject(refused);
    expect(await state()).toEqual(before);

    const { headers } = admin;
    expect((await fetch(`${server.url}/api/admin/v1/me`, { headers })).status).toBe(200);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject(refused);
  });

  it('notices it also where the announcement was made while it could not hear', async () => {
    await touchAdmins();
    await newer.query(bringUpToDate);
    const { rowCount } = await newer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'select epoch, seq from log_head%'",
    );
    expect(rowCount).toBe(1);
    await expect
      .poll(() =>
        touchAdmins().then(
          () => null,
          (error: unknown) => error,
        ),
      )
      .toMatchObject(refused);
  });
});

it('every migration announces itself, once it is committed', async () => {
  const database = await createTestDatabase({ ...inject('testServer'), template: 'template1' });
  const db = createDb(createPool(database.connection));
  const listener = new Client(database.connection);
  await listener.connect();
  const heard: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload));
  await listener.query(`listen ${shapeChannel}`);
  const [first = '', ...later] = migrationNames;
  await migrateTo(db, first);
  await expect.poll(() => heard).toEqual([first]);
  await migrate(db);
  await expect.poll(() => heard).toEqual([first, ...later]);
  await migrate(db);
  await listener.query('select 1');
  expect(heard).toEqual([first, ...later]);
  await listener.end();
  await db.destroy();
  await database.drop();
});
