import { sql } from 'kysely';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import type { Row } from '../../domain/entities.ts';
import { productRow, versionRow } from '../../domain/testing/rows.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createDb, createPool } from '../db/connect.ts';
import { migrate, migrateTo } from '../db/migrate.ts';
import { createTestDatabase } from '../db/testing.ts';
import { createTestPortal, type TestPortal } from '../decisions/testing.ts';
import { fillSlice, startFiller } from './filler.ts';
import { scopeProjection } from './projection.ts';
import { scopeOfAdmin } from './scope.ts';

const slice = 2;
const requests = 7;
const system = { actor: 'system' };
const admin = crypto.randomUUID();
const productId = crypto.randomUUID();

let test: TestDeps;
let portal: TestPortal;

beforeEach(async () => {
  test = await createTestDeps({ projections: [scopeProjection(slice)] });
  portal = await createTestPortal(test.deps.commit, requests);
  await test.deps.commit(async (change) => {
    await change.put('product', [productRow({ id: productId })], system);
    await change.put('version', [versionRow({ id: portal.publication.versionId, productId })], system);
  });
});

afterEach(() => test.close());

function appoint(role: Row<'admin'>['role'], productIds: string[], revision = 1): Promise<void> {
  return test.deps.commit((change) => {
    const row = { id: admin, portalId: null, email: 'dana@example.com', name: 'Dana', createdAt: change.now };
    return change.put('admin', [{ ...row, role, productIds, revision }], system);
  });
}

const openProducts = async () => (await scopeOfAdmin(test.deps.db, admin)).limit?.productIds;

async function registrations(): Promise<string[]> {
  const rows = await test.deps.db
    .selectFrom('productMembers')
    .select('entityId')
    .where('entity', '=', 'registration')
    .orderBy('entityId')
    .execute();
  return rows.map(({ entityId }) => entityId);
}

it('fills in slice by slice, and opens once all is there, whatever changes meanwhile', async () => {
  await appoint('product-owner', [productId]);
  expect(await registrations()).toHaveLength(slice);
  const before = await scopeOfAdmin(test.deps.db, admin);
  expect(before.limit?.productIds).toEqual([]);

  const ids = portal.requests.map(({ registration }) => registration).sort((a, b) => (a.id < b.id ? -1 : 1));
  const [first, , , , , , last] = ids;
  if (!first || !last) throw new Error('seven requests');
  // One that is filled in goes, one that is not yet changes.
  await test.deps.commit(async (change) => {
    await change.drop('registration', [first], system);
    await change.put('registration', [{ ...last, revision: 2 }], system);
  });
  let slices = 0;
  while (await fillSlice(test.deps.db, slice)) {
    slices += 1;
    expect(await openProducts()).toEqual([]);
  }
  expect(slices).toBe(2);
  expect(await openProducts()).toEqual([productId]);
  expect(await registrations()).toEqual(ids.slice(1).map(({ id }) => id));
  const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  expect(await scopeOfAdmin(test.deps.db, admin)).toMatchObject({ limit: { since: seq } });
});

it('goes on by itself with what another process left half-done, and leaves nothing of what was given up', async () => {
  await appoint('product-owner', [productId]);
  const filler = startFiller(test.deps, 10);
  await expect.poll(openProducts).toEqual([productId]);
  await filler.stop();
  expect(await registrations()).toHaveLength(requests);

  await appoint('reviewer', [], 2);
  expect(await registrations()).toEqual([]);
  await appoint('product-owner', [productId], 3);
  await appoint('reviewer', [], 4);
  expect(await fillSlice(test.deps.db, slice)).toBe(false);
  expect(await registrations()).toEqual([]);
});

it('has its owners’ sockets looked at when it opens', async () => {
  await appoint('product-owner', [productId]);
  const client = await test.deps.pool.connect();
  const heard: (string | undefined)[] = [];
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.query('listen gatehouse_sessions');
  while (await fillSlice(test.deps.db, slice)) expect(heard).toEqual([]);
  await expect.poll(() => heard).toEqual([admin]);
  client.release(true);
});

it('takes over what an earlier release watched as open', async () => {
  const database = await createTestDatabase({ ...inject('testServer'), template: 'template0' });
  const db = createDb(createPool(database.connection));
  await migrateTo(db, '0007-sessions-and-quarantine');
  await sql`insert into watched_products (product_id, since) values (${productId}, 7)`.execute(db);
  await migrate(db);
  expect(await db.selectFrom('watchedProducts').selectAll().execute()).toEqual([
    { productId, since: 7, open: true, filledTo: null },
  ]);
  await db.destroy();
  await database.drop();
});
