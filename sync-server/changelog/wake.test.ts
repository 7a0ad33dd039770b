import { sql } from 'kysely';
import type { ClientConfig } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDb, createPool } from '../db/connect.ts';
import { migrationNames, shapeChannel } from '../db/migrate.ts';
import { createOutgrown, type Outgrown } from '../db/outgrown.ts';
import type { Db } from '../db/schema.ts';
import { openTestWire } from '../db/testing-wire.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { createCommit, logChannel, type Commit } from './commit.ts';
import { listen, type Listener } from './listen.ts';
import { createWake, type Wake } from './wake.ts';

describe('a wake-up', () => {
  it('ends a wait once the log is beyond, and not before', async () => {
    const wake = createWake(5);
    await wake.wait(4, 60_000);
    const waiting = wake.wait(6, 60_000).then(() => wake.seq());
    wake.notify(6);
    wake.notify(3);
    wake.notify(9);
    expect(await waiting).toBe(9);
  });

  it('ends when time is up or nobody waits any more', async () => {
    const wake = createWake();
    await wake.wait(0, 1);
    const stop = new AbortController();
    const waiting = wake.wait(0, 60_000, stop.signal);
    stop.abort();
    await waiting;
    await wake.wait(0, 60_000, stop.signal);
    expect(wake.seq()).toBe(0);
  });

  it('tells each growth once to whoever still listens', () => {
    const wake = createWake();
    const heard: number[] = [];
    const stop = wake.subscribe((seq) => heard.push(seq));
    wake.notify(1);
    wake.notify(1);
    wake.notify(2);
    stop();
    wake.notify(3);
    expect(heard).toEqual([1, 2]);
  });
});

describe('listening to other processes', () => {
  let database: TestDatabase;
  let db: Db;
  let commit: Commit;
  let wake: Wake;
  let outgrown: Outgrown;
  let warnings: string[];
  let errors: object[];
  let replaced: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    db = createDb(createPool(database.connection));
    commit = createCommit({ db, clock: Date.now, projections: [], committed: () => undefined });
    wake = createWake();
    outgrown = createOutgrown();
    warnings = [];
    errors = [];
    replaced = [];
  });

  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  const put = (): Promise<void> =>
    commit((change) => {
      const id = crypto.randomUUID();
      const row = { id, portalId: null, region: 'eu', name: id, revision: 1, createdAt: change.now };
      return change.put('gateway', [row], { actor: 'system' });
    });

  const listenOver = (connection: ClientConfig): Promise<Listener> =>
    listen({
      connection,
      db,
      wake,
      outgrown,
      log: { warn: (message) => warnings.push(message), error: (detail) => errors.push(detail) },
      replaced: ({ code }) => replaced.push(code),
    });

  it('goes on after its connection was cut, without missing what was committed meanwhile', async () => {
    const listener = await listenOver({ ...database.connection, application_name: 'listener' });
    await put();
    await wake.wait(0, 10_000);
    expect(wake.seq()).toBe(1);

    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'";
    expect((await sql.raw(cut).execute(db)).rows).toHaveLength(1);
    await put();
    await wake.wait(1, 10_000);
    expect(wake.seq()).toBe(2);
    expect(warnings).toHaveLength(1);
    await listener.stop();
  });

  it('tells once of a migration that it does not know, and looks at all sessions', async () => {
    const listener = await listenOver(database.connection);
    const sessions: (string | null)[] = [];
    wake.sessions.subscribe((id) => sessions.push(id));
    const announce = (name: string) => sql`select pg_notify(${shapeChannel}, ${name})`.execute(db);
    await announce(migrationNames.at(-1) ?? '');
    await announce('9999-later');
    await announce('9999-still-later');
    await sql`select pg_notify(${logChannel}, '5')`.execute(db);
    await wake.wait(4, 10_000);
    expect(errors).toEqual([{ migration: '9999-later' }]);
    expect(sessions).toEqual([null]);
    expect(outgrown.by()).toBe('9999-later');
    await listener.stop();
  });

  it('notices a connection that has gone silent, and hears of commits and of sessions within five seconds', async () => {
    const wire = await openTestWire(database.connection);
    const listener = await listenOver({ ...database.connection, host: wire.host });
    const looked = new Promise<string | null>((resolve) => wake.sessions.subscribe(resolve));
    wire.silence('listen');
    await put();
    await wake.wait(0, 5_000);
    expect(wake.seq()).toBe(1);
    expect(await looked).toBeNull();
    await listener.stop();
    await wire.close();
  });

  it('refuses a way to the database on which no notification arrives', async () => {
    const wire = await openTestWire(database.connection, true);
    await expect(listenOver({ ...database.connection, host: wire.host })).rejects.toMatchObject({
      code: 'notices_unheard',
    });
    await wire.close();
  });

  it('says when the database has become another history’s', async () => {
    const listener = await listenOver(database.connection);
    await put();
    await wake.wait(0, 10_000);
    expect(replaced).toEqual([]);
    await db.updateTable('logHead').set({ epoch: 7 }).execute();
    await expect.poll(() => replaced, { timeout: 5_000 }).toEqual(['database_replaced']);
    await listener.stop();
  });
});
