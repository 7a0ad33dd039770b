/**
 * Where every schedule begins: one database with the lasting part of a portal, its admins, devices and gateways. It is laid
 * once a process; before each schedule the tables are put back to it, so that no schedule knows of another one, and a seed
 * means the same wherever it is played.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createPool } from '../../sync-server/db/connect.ts';
import { createTestDatabase, type TestDatabase, type TestServer } from '../../sync-server/db/testing.ts';
import { createGatewayToken } from '../../sync-server/gateways/tokens.ts';
import { createDice } from './dice.ts';
import { readCommits } from './log.ts';
import { layGround, type Ground } from './portal.ts';
import { emptyRows, putRow, type Rows } from './rows.ts';
import { startServerNode } from './server.ts';
import { addAdmin, signIn, type SignedIn } from './session.ts';

/** Milliseconds since 1970 at which the base was laid; schedules begin a minute later. */
export const laidAt = Date.UTC(2026, 5, 1);

export const deskRoles = ['owner', 'reviewer', 'owner', 'product-owner'] as const;
const gatewayCount = 2;
/** A pool of no server's: what puts the tables back makes PostgreSQL forget what it has planned on that connection. */
const behind = -1;

export interface Base {
  readonly database: TestDatabase;
  /** The connections of each server, which outlive it. */
  pool(number: number): Pool;
  readonly ground: Ground;
  /** Who sits at the desks, in the order of their roles. */
  readonly desks: readonly SignedIn[];
  /** An admin who may only look. */
  readonly hostile: SignedIn;
  /** The gateways' tokens, in their order. */
  readonly tokens: readonly string[];
  /** The key that the servers sign with. */
  readonly publicKey: Buffer;
  /** The published rows of the base, and the end of its log. */
  readonly rows: Rows;
  readonly seq: number;
  /** Puts all tables back. */
  reset(): Promise<void>;
  drop(): Promise<void>;
}

export async function layBase(given: TestServer): Promise<Base> {
  const database = await createTestDatabase(given);
  const pools = openPools(database);
  const pool = pools.pool(0);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-simulation-'));
  let readings = 0;
  const server = await startServerNode({
    number: 0,
    pool,
    databaseUrl: database.connectionString,
    folder,
    clock: () => laidAt + readings++,
    committed: () => undefined,
    onInternal: () => undefined,
  });
  const { deps } = server;
  const dice = createDice(0);
  const ground = await layGround(deps, gatewayCount, dice);
  const desks: SignedIn[] = [];
  for (const [number, role] of deskRoles.entries())
    desks.push(await signIn(deps, await addAdmin(deps, `d${number}-${role}`, role, dice)));
  const hostile = await signIn(deps, await addAdmin(deps, 'hostile', 'viewer', dice));
  const { fingerprint, publicKey } = deps.key;
  const tokens: string[] = [];
  for (const { id } of ground.gateways) {
    tokens.push(await createGatewayToken(deps, { gateway: id, fingerprint }));
  }
  const rows = emptyRows();
  const commits = await readCommits(deps.db, 0);
  for (const { kind, row } of commits.flatMap((commit) => commit.rows)) putRow(rows, kind, row);
  await server.close();
  await rm(folder, { recursive: true, force: true });
  const reset = await keepTables(pool);
  const seq = commits.at(-1)?.to ?? 0;
  return {
    database,
    pool: pools.pool,
    ground,
    desks,
    hostile,
    tokens,
    publicKey,
    rows,
    seq,
    reset: async () => void (await pools.pool(behind).query(reset)),
    drop: async () => {
      await pools.disconnect();
      await database.drop();
    },
  };
}

interface Pools extends Pick<Base, 'pool'> {
  disconnect(): Promise<void>;
}

function openPools({ connection }: TestDatabase): Pools {
  const pools = new Map<number, Pool>();
  return {
    pool: (number) => {
      const pool = pools.get(number) ?? createPool({ ...connection, max: 5, idleTimeoutMillis: 0 });
      pools.set(number, pool);
      return pool;
    },
    disconnect: async () => {
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map((pool) => pool.end()));
    },
  };
}

async function run(pool: Pool, statement: string): Promise<unknown[]> {
  return (await pool.query<Record<string, unknown>>(statement)).rows;
}

const tablesSchema = z.array(z.object({ name: z.string() }));
const sequencesSchema = z.array(z.object({ name: z.string(), last: z.coerce.number().nullable() }));

/** Copies all tables into a schema of their own; answers the statements that bring them back. */
async function keepTables(pool: Pool): Promise<string> {
  const tables = tablesSchema.parse(
    await run(pool, `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`),
  );
  const sequences = sequencesSchema.parse(
    await run(
      pool,
      `select quote_ident(sequencename) as name, last_value as last from pg_sequences where schemaname = 'public'`,
    ),
  );
  const copies = tables.map(({ name }) => `create table base.${name} as table public.${name};`);
  await run(pool, `create schema base; ${copies.join(' ')}`);
  const counts = tables.map(({ name }) => `select '${name}' as name where exists (select from base.${name})`);
  const filled = tablesSchema.parse(await run(pool, counts.join(' union all ')));
  return [
    // Neither triggers nor references: what is put back was whole before.
    'begin; set local session_replication_role = replica;',
    ...tables.map(({ name }) => `delete from public.${name};`),
    ...filled.map(({ name }) => `insert into public.${name} select * from base.${name};`),
    ...sequences.map(
      ({ name, last }) => `select setval('public.${name}', ${last ?? 1}, ${String(last !== null)});`,
    ),
    'commit;',
  ].join('\n');
}
