/**
 * Product owners' copies, kept by snapshots and frames alone, against what they may see, looked up the plain way: after every
 * change of a random history the two are the same, row by row.
 */
import { sql } from 'kysely';
import { canonicalJson } from '../../../domain/canonical.ts';
import { entities, type Role, type Row } from '../../../domain/entities.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { changesPageSchema } from '../../../domain/wire/frames.ts';
import type { Db } from '../../../sync-server/db/schema.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { readPage } from '../../../sync-server/replication/changes.ts';
import { readHead } from '../../../sync-server/replication/frames.ts';
import { selectionsOf } from '../../../sync-server/replication/plan.ts';
import { fillSlice } from '../../../sync-server/scopes/filler.ts';
import { scopeOfAdmin } from '../../../sync-server/scopes/scope.ts';
import { beginning, randomStep, uuidOf } from '../../rights/changes.ts';
import { openScopedDatabase, type ScopedDatabase } from '../../rights/database.ts';
import { keyOf, readTables, visibleRows, type Tables } from '../../rights/model.ts';
import { collectFindings, type Check, type Findings } from '../check.ts';

const owners = 3;
/** Registrations that one commit fills in: few, so that most changes meet a product that is not whole yet. */
const slice = 2;

interface Replica {
  readonly admin: string;
  readonly rows: Map<string, string>;
  scope: string;
  cursor: { epoch: number; seq: number };
}

type World = ScopedDatabase & { readonly random: Random; readonly findings: Findings };

async function giveProducts({ commit }: World, id: string, productIds: string[]): Promise<void> {
  const role: Role = productIds.length > 0 ? 'product-owner' : 'reviewer';
  await commit(async (change) => {
    const known = await change.db.selectFrom('admins').selectAll().where('id', '=', id).executeTakeFirst();
    const row: Row<'admin'> = {
      id,
      portalId: null,
      email: `${id}@example.com`,
      name: 'Dana',
      role,
      productIds,
      revision: (known?.revision ?? 0) + 1,
      createdAt: change.now,
    };
    await change.put('admin', [row], { actor: 'system' });
  });
}

async function changeSomething({ commit, random }: World): Promise<void> {
  const count = 1 + random.below(3);
  await commit(async (change) => {
    for (let step = 0; step < count; step++) {
      await randomStep(random)(change, await readTables(change.db), random);
    }
  });
}

/** Other products from now on, or none for a while; half of the time what was taken is given back after the next change. */
async function appoint(world: World, id: string): Promise<void> {
  const { db, random } = world;
  const before = await db.selectFrom('admins').select('productIds').where('id', '=', id).executeTakeFirst();
  if (before && random.share() < 0.5) {
    await giveProducts(world, id, []);
    await changeSomething(world);
    return giveProducts(world, id, before.productIds);
  }
  const products = await db.selectFrom('products').select('id').orderBy('id').execute();
  const chosen = products.filter(() => random.share() < 0.4);
  return giveProducts(
    world,
    id,
    chosen.map((product) => product.id),
  );
}

/** Everything anew, from the rows that a snapshot would hold. */
async function load(db: Db, replica: Replica): Promise<void> {
  const scope = await scopeOfAdmin(db, replica.admin);
  replica.rows.clear();
  for (const { entity, where } of selectionsOf(scope)) {
    const { table } = entities[entity];
    const found = await sql<{
      id: string;
    }>`select * from ${sql.table(table)} where ${sql.raw(where)}`.execute(db);
    for (const row of found.rows) replica.rows.set(keyOf(entity, row.id), canonicalJson(row));
  }
  replica.scope = scope.name;
  replica.cursor = await readHead(db);
}

/** Applies what has come since, a few frames a page; starts over where the server says so. */
async function follow({ db, random, findings }: World, replica: Replica): Promise<void> {
  const scope = await scopeOfAdmin(db, replica.admin);
  if (scope.name !== replica.scope) return load(db, replica);
  for (;;) {
    const { epoch, seq } = replica.cursor;
    const text = await readPage(db, scope, `${epoch}:${seq}`, 1 + random.below(5)).catch((error: unknown) => {
      if (error instanceof GatehouseError && ['cursor_gone', 'cursor_ahead'].includes(error.code))
        return null;
      throw error;
    });
    if (text === null) return load(db, replica);
    const page = changesPageSchema.parse(JSON.parse(text));
    for (const { prev, to, items } of page.frames) {
      if (prev !== replica.cursor.seq || to <= prev)
        findings.add('lost', `a frame ${prev}–${to} does not join on`);
      for (const item of items) {
        if (item.k !== 'row') continue;
        const key = keyOf(item.entity, item.id);
        if (item.row === null) {
          if (!replica.rows.delete(key))
            findings.add('unauthorised', `${key} was never here, and is told of`);
        } else replica.rows.set(key, canonicalJson(item.row));
      }
      replica.cursor = { epoch, seq: to };
    }
    if (!page.more) return;
  }
}

/** Against all that belongs to the products which are open to the admin by now. */
async function compare(
  { db, findings }: World,
  tables: Tables,
  replica: Replica,
  where: string,
): Promise<void> {
  const { limit } = await scopeOfAdmin(db, replica.admin);
  if (!limit) return;
  const expected = visibleRows(tables, limit.productIds);
  for (const [key, row] of replica.rows) {
    const right = expected.get(key);
    if (right === undefined) findings.add('unauthorised', `${key} is seen ${where}`);
    else if (right !== row) findings.add('lost', `${key} is an older image ${where}`);
  }
  for (const key of expected.keys()) {
    if (!replica.rows.has(key)) findings.add('lost', `${key} is missing ${where}`);
  }
}

/** Once nothing changes any more, everything that was given has come to be open. */
async function fillAll(world: World, replicas: readonly Replica[]): Promise<void> {
  const { db, findings } = world;
  while (await fillSlice(db, slice)) continue;
  const tables = await readTables(db);
  for (const replica of replicas) {
    await follow(world, replica);
    await compare(world, tables, replica, 'at the end');
    const given = tables.admin.find(({ id }) => id === replica.admin)?.productIds ?? [];
    const { limit } = await scopeOfAdmin(db, replica.admin);
    const open = limit?.productIds ?? given;
    if (open.length < given.length)
      findings.add('lost', `${given.length - open.length} products never opened`);
  }
}

export const scopedReplicas: Check = {
  name: 'scoped-replicas',
  property: 'A product owner’s copy holds exactly what belongs to their products, after every change.',
  unit: 'changes',
  cases: 800,
  few: 300,
  async run({ cases, seed, progress }) {
    const random = randomOf('scopes', seed);
    const findings = collectFindings();
    const database = await openScopedDatabase(slice);
    const world: World = { ...database, random, findings };
    const { db, commit } = database;
    try {
      for (const step of beginning) {
        const tables = await readTables(db);
        await commit((change) => step(change, tables, random));
      }
      const replicas: Replica[] = [];
      for (let number = 0; number < owners; number++) {
        const admin = uuidOf(random);
        await appoint(world, admin);
        const replica: Replica = { admin, rows: new Map(), scope: '', cursor: { epoch: 1, seq: 0 } };
        await load(db, replica);
        replicas.push(replica);
      }
      for (let done = 1; done <= cases; done++) {
        const moved = random.share() < 0.04 ? replicas[random.below(owners)] : undefined;
        if (moved) await appoint(world, moved.admin);
        await changeSomething(world);
        if (random.share() < 0.3) await fillSlice(db, slice);
        const tables = await readTables(db);
        for (const replica of replicas) {
          // Now and then one is away for a while.
          if (random.share() < 0.3) continue;
          await follow(world, replica);
          await compare(world, tables, replica, `after change ${done} of seed ${seed}`);
        }
        progress(done);
      }
      await fillAll(world, replicas);
      return findings.tally(cases);
    } finally {
      await database.close();
    }
  },
};
