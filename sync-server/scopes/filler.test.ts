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

async function fillAll(): Promise<void> {
  while (await fillSlice(test.deps.db, slice)) continue;
}

const openProducts = async () => (await scopeOfAdmin(test.deps.db, admin)).limit?.productIds;

/** Rows that are kept of whichever product. */
async function keptRows(): Promise<number> {
  const members = await test.deps.db.selectFrom('productMembers').select('entityId').execute();
  return members.length;
}

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
  await fillAll();
  expect(await keptRows()).toBe(0);
  await appoint('product-owner', [productId], 3);
  await appoint('reviewer', [], 4);
  await fillAll();
  expect(await keptRows()).toBe(0);
});

it('shuts at once what was taken, clears it slice by slice, and fills it in anew where it is given back', async () => {
  await appoint('product-owner', [productId]);
  await fillAll();
  const whole = await keptRows();
  await appoint('product-owner', [], 2);
  expect(await openProducts()).toEqual([]);
  const left = await keptRows();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(whole);

  // Nobody keeps right what is being cleared: none of it may come back.
  const gone = portal.requests.map(({ registration }) => registration);
  await test.deps.commit((change) => change.drop('registration', gone, system));
  expect(await keptRows()).toBe(left);
  await appoint('product-owner', [productId], 3);
  expect(await openProducts()).toEqual([]);
  await fillAll();
  expect(await openProducts()).toEqual([productId]);
  expect(await registrations()).toEqual([]);
});

it('begins anew with products between which a version with many registrations moves', async () => {
  const other = crypto.randomUUID();
  await test.deps.commit((change) => change.put('product', [productRow({ id: other })], system));
  await appoint('product-owner', [other]);
  const elsewhere = await scopeOfAdmin(test.deps.db, admin);
  const move = (to: string, revision: number) =>
    test.deps.commit((change) => {
      const row = versionRow({ id: portal.publication.versionId, productId: to, revision });
      return change.put('version', [row], system);
    });
  await move(other, 2);
  expect(await openProducts()).toEqual([]);
  await fillAll();
  expect(await openProducts()).toEqual([other]);
  expect(await registrations()).toHaveLength(requests);
  expect((await scopeOfAdmin(test.deps.db, admin)).name).not.toBe(elsewhere.name);

  await move(productId, 3);
  expect(await openProducts()).toEqual([]);
  // What changes meanwhile belongs to nobody any more.
  const [asked] = portal.requests;
  if (!asked) throw new Error('seven requests');
  await test.deps.commit((change) =>
    change.put('registration', [{ ...asked.registration, revision: 2 }], system),
  );
  await fillAll();
  expect(await openProducts()).toEqual([other]);
  expect(await registrations()).toEqual([]);
});

it('has its owners’ sockets looked at when it opens, and when it is to begin anew', async () => {
  await appoint('product-owner', [productId]);
  const client = await test.deps.pool.connect();
  const heard: (string | undefined)[] = [];
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.query('listen gatehouse_sessions');
  while (await fillSlice(test.deps.db, slice)) expect(heard).toEqual([]);
  await expect.poll(() => heard).toEqual([admin]);
  await test.deps.commit((change) =>
    change.drop('version', [versionRow({ id: portal.publication.versionId, productId })], system),
  );
  await expect.poll(() => heard).toEqual([admin, admin]);
  client.release(true);
});

it('takes over what an earlier release watched as open', async () => {
  const database = await createTestDatabase({ ...inject('testServer'), template: 'template0' });
  const db = createDb(createPool(database.connection));
  await migrateTo(db, '0007-sessions-and-quarantine');
  await sql`insert into watched_products (product_id, since) values (${productId}, 7)`.execute(db);
  await migrate(db);
  expect(await db.selectFrom('watchedProducts').selectAll().execute()).toEqual([
    { productId, since: 7, open: true, filledTo: null, clearing: false },
  ]);
  await db.destroy();
  await database.drop();
});
