import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { createDb, createPool } from '../db/connect.ts';
import type { Db } from '../db/schema.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { createCommit, type Commit } from './commit.ts';
import { chainHash, sealedDigest } from './hash.ts';
import { withOrigin } from './origin.ts';

let database: TestDatabase;
let db: Db;
let commit: Commit;
const told: number[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(createPool(database.connection));
  commit = createCommit({ db, clock: () => Date.now(), projections: [], committed: (seq) => told.push(seq) });
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

function gateway(name: string): Row<'gateway'> {
  const id = crypto.randomUUID();
  return { id, portalId: null, region: 'eu', name, revision: 1, createdAt: '2026-01-02T03:04:05.678Z' };
}

describe('a commit', () => {
  it('writes rows and their log in one go, and leaves nothing behind when it fails', async () => {
    const row = gateway('one');
    await commit((change) => change.put('gateway', [row], { actor: 'system' }));
    expect(await db.selectFrom('gateways').selectAll().execute()).toEqual([row]);
    await expect(
      commit(async (change) => {
        await change.put('gateway', [{ ...row, name: 'two', revision: 2 }], { actor: 'system' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await db.selectFrom('gateways').select(['name', 'revision']).execute()).toEqual([
      { name: 'one', revision: 1 },
    ]);
    expect(await db.selectFrom('changeLog').select('seq').execute()).toHaveLength(1);
    expect(told).toEqual([1]);
  });

  it('numbers without a gap and chains every entry, however many commit at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        commit((change) => change.put('gateway', [gateway(`a${n}`), gateway(`b${n}`)], { actor: 'system' })),
      ),
    );
    const log = await db.selectFrom('changeLog').selectAll().orderBy('seq').execute();
    expect(log.map((entry) => entry.seq)).toEqual(log.map((_, index) => index + 1));
    let previous = Buffer.alloc(32);
    for (const entry of log) {
      expect(entry.payloadDigest).toEqual(
        sealedDigest(entry.salt ?? Buffer.alloc(0), entry.payload ?? Buffer.alloc(0)),
      );
      previous = Buffer.from(chainHash(previous, entry));
      expect(entry.hash).toEqual(previous);
    }
    const head = await db.selectFrom('logHead').selectAll().executeTakeFirstOrThrow();
    expect({ seq: head.seq, hash: head.hash }).toEqual({ seq: log.length, hash: previous });
  });

  it('logs a deletion as a tombstone', async () => {
    const row = gateway('gone');
    await commit((change) => change.put('gateway', [row], { actor: 'system' }));
    await commit((change) => change.drop('gateway', [row], { actor: 'admin:x' }));
    const last = await db
      .selectFrom('changeLog')
      .selectAll()
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow();
    expect(last).toMatchObject({ entityId: row.id, revision: 2, actor: 'admin:x', kind: 'row' });
    expect(String(last.payload)).toBe('null');
  });
});

describe('where a change comes from', () => {
  it('is kept with every entry, apart from what was changed, and sealed by the chain', async () => {
    const row = gateway('somewhere');
    await withOrigin({ address: '192.0.2.7', requestId: 'r1' }, () =>
      commit(async (change) => {
        await change.put('gateway', [row], { actor: 'admin:x', decidedAt: '2026-01-02T03:04:05.678Z' });
        change.event({
          name: 'device.revoked',
          subject: { entity: 'device', id: row.id },
          details: { name: 'laptop' },
          cause: { actor: 'admin:x' },
        });
      }),
    );
    const [event, put] = await db
      .selectFrom('changeLog')
      .selectAll()
      .orderBy('seq', 'desc')
      .limit(2)
      .execute();
    expect(event).toMatchObject({
      kind: 'event',
      action: 'device.revoked',
      entity: 'device',
      entityId: row.id,
      version: 2,
    });
    expect(JSON.parse(String(event?.payload))).toEqual({ name: 'laptop' });
    expect(JSON.parse(String(event?.context))).toEqual({ address: '192.0.2.7', requestId: 'r1' });
    expect(JSON.parse(String(put?.context))).toMatchObject({ decidedAt: '2026-01-02T03:04:05.678Z' });
    expect(String(put?.payload)).not.toContain('192.0.2.7');
    expect(put).toMatchObject({ kind: 'row', action: 'created' });
    expect(put?.contextDigest).toEqual(
      sealedDigest(put?.contextSalt ?? Buffer.alloc(0), put?.context ?? Buffer.alloc(0)),
    );
  });
});

describe('a commit that has to wait for the head', () => {
  const codeOf = (error: unknown): unknown =>
    error instanceof GatehouseError
      ? error.code
      : typeof error === 'object' && error !== null && 'code' in error && error.code;

  /** Somebody who holds the head, and lets go of it. */
  async function holdHead(): Promise<() => Promise<void>> {
    const client = new Client(database.connection);
    await client.connect();
    await client.query('begin');
    await client.query('select from log_head for update');
    return () => client.end();
  }
  const put = (by: Commit): Promise<void> =>
    by((change) => change.put('gateway', [gateway(crypto.randomUUID())], { actor: 'system' }));

  it('leaves connections to those who only read, and is told after a while that it may try again', async () => {
    const hasty = createCommit({
      db,
      clock: () => Date.now(),
      projections: [],
      committed: () => undefined,
      patience: 1_000,
    });
    const letGo = await holdHead();
    const waiting = Array.from({ length: 30 }, () => put(hasty).then(() => 'done', codeOf));
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(db);
    expect(rows).toEqual([{ one: 1 }]);
    // Those at the head hear it from PostgreSQL (lock_not_available), the others from the line.
    for (const told of await Promise.all(waiting)) expect(['55P03', 'unavailable']).toContain(told);
    await letGo();
    await put(hasty);
  });

  it('goes on once it has it, at whatever level the operator lets transactions run', async () => {
    const options = '-c default_transaction_isolation=serializable';
    const strict = createDb(createPool({ ...database.connection, options }));
    const patient = createCommit({
      db: strict,
      clock: () => Date.now(),
      projections: [],
      committed: () => undefined,
    });
    await Promise.all(Array.from({ length: 12 }, () => put(patient)));
    await strict.destroy();
  });
});
