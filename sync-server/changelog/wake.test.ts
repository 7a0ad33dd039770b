import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDb, createPool } from '../db/connect.ts';
import { migrationNames, shapeChannel } from '../db/migrate.ts';
import { createOutgrown } from '../db/outgrown.ts';
import type { Db } from '../db/schema.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { createCommit, logChannel } from './commit.ts';
import { listen } from './listen.ts';
import { createWake } from './wake.ts';

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

  beforeAll(async () => {
    database = await createTestDatabase();
    db = createDb(createPool(database.connection));
  });

  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  it('goes on after its connection was cut, without missing what was committed meanwhile', async () => {
    const wake = createWake();
    const commit = createCommit({ db, clock: Date.now, projections: [], committed: () => undefined });
    const put = () =>
      commit((change) => {
        const id = crypto.randomUUID();
        const row = { id, portalId: null, region: 'eu', name: id, revision: 1, createdAt: change.now };
        return change.put('gateway', [row], { actor: 'system' });
      });
    const connection = { ...database.connection, application_name: 'listener' };
    const warnings: string[] = [];
    const listener = await listen(connection, db, {
      wake,
      outgrown: createOutgrown(),
      log: { warn: (message) => warnings.push(message), error: (_detail, message) => warnings.push(message) },
    });
    await put();
    await wake.wait(0, 10_000);
    expect(wake.seq()).toBe(1);

    const cutter = createPool(database.connection);
    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'";
    expect((await cutter.query(cut)).rowCount).toBe(1);
    await put();
    await cutter.end();
    await wake.wait(1, 10_000);
    expect(wake.seq()).toBe(2);
    expect(warnings).toHaveLength(1);
    await listener.stop();
  });

  it('tells once of a migration that it does not know, and looks at all sessions', async () => {
    const wake = createWake();
    const outgrown = createOutgrown();
    const errors: object[] = [];
    const sessions: (string | null)[] = [];
    const log = { warn: () => undefined, error: (detail: object) => errors.push(detail) };
    const listener = await listen(database.connection, db, { wake, outgrown, log });
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
});
