/**
 * Databases of earlier releases: rows that the first one wrote, through a portal, a desk, a developer and a gateway, in
 * every table that it had. After the upgrade they are all there, and the server works on them.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { decisionsResponseSchema, tokenResponseSchema } from '../domain/wire/admin.ts';
import { lineSchema } from '../domain/wire/gateway.ts';
import { signedInAdmin } from './admins/testing.ts';
import { verifyDatabase } from './audit/verify-sources.ts';
import { createDb, createPool } from './db/connect.ts';
import { migrateTo, migrationNames } from './db/migrate.ts';
import { createTestDatabase, type TestDatabase } from './db/testing.ts';
import { testIntent } from './decisions/testing.ts';
import { listGatewayTokens } from './gateways/tokens.ts';
import { hashedEmail } from './developers/hashed-email.ts';
import { verifyPassword } from './passwords/passwords.ts';
import { loadServerKey } from './signing/key.ts';
import { startServer, type RunningServer } from './server.ts';

const fixture = join(import.meta.dirname, 'db/migrations/testing/0001-rows.ndjson');
/** Of the fixture, which is the only place where they are good. */
const admin = { email: 'admin@localhost', password: 'wqrb4-5ssfr-iwyrk-7qckq' };
const developer = { username: 'dana@example.com', password: 'aacrs-qt9jw-kbap4-ng93b' };
const gatewayToken =
  'ghg_WyEFLFGWvxkFpumugHAQPPSXgLdDD25TwaF7qryPA98_f46dbcb2af7e45025f3f06aa41db0606aa16496f4d8b345680d8407421ab8130';

const lineOf = z.object({ table: z.string(), row: z.record(z.string(), z.json()) });
type Line = z.infer<typeof lineOf>;

let lines: readonly Line[];
let database: TestDatabase;
let dataDir: string;
let server: RunningServer;

/** As a server before 0009 kept it once somebody had been erased: in clear. */
const erasureKey = randomBytes(32);

/** Of sessions that were open before 0013. */
const refreshTokens = {
  admin: `ghr_${randomBytes(32).toString('base64url')}`,
  developer: randomBytes(32).toString('base64url'),
};

/** Opens a session of the first admin and of the developer, as a server of then did. */
async function openSessions(client: Client): Promise<void> {
  const hash = (token: string): Buffer => createHash('sha256').update(token).digest();
  await client.query(
    `insert into admin_sessions (access_hash, refresh_hash, admin_id, rotated_at, access_until, refresh_until, created_at)
     select $1, $2, id, now(), now() + interval '1 hour', now() + interval '1 day', now() from admins where email = $3`,
    [randomBytes(32), hash(refreshTokens.admin), admin.email],
  );
  await client.query(
    `insert into developer_sessions (access_hash, refresh_hash, developer_id, portal_id, access_until, refresh_until, created_at)
     select $1, $2, id, portal_id, now() + interval '1 hour', now() + interval '1 day', now() from developers where email = $3`,
    [randomBytes(32), hash(refreshTokens.developer), developer.username],
  );
}

/** Fills every table of the first shape. */
async function fill(client: Client): Promise<void> {
  await client.query('truncate log_head');
  for (const { table, row } of lines) {
    await client.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
      JSON.stringify(row),
    ]);
  }
}

beforeAll(async () => {
  lines = (await readFile(fixture, 'utf8'))
    .trim()
    .split('\n')
    .map((text) => lineOf.parse(JSON.parse(text)));
  database = await createTestDatabase({ ...inject('testServer'), template: 'template0' });
  const db = createDb(createPool(database.connection));
  await migrateTo(db, '0001-initial');
  const client = new Client(database.connection);
  await client.connect();
  await fill(client);
  await migrateTo(db, '0007-sessions-and-quarantine');
  await openSessions(client);
  await client.query('insert into erasure_key (key) values ($1)', [erasureKey]);
  await client.end();
  await db.destroy();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-upgrade-'));
  server = await startServer({
    flags: { databaseUrl: database.connectionString, port: 0, dataDir },
    env: {},
    logLevel: 'silent',
  });
});

afterAll(async () => {
  await server.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

test('the fixture has rows in every table of the first shape', async () => {
  const other = await createTestDatabase({ ...inject('testServer'), template: 'template0' });
  const db = createDb(createPool(other.connection));
  await migrateTo(db, '0001-initial');
  const tables = await db.introspection.getTables();
  await db.destroy();
  await other.drop();
  const filled = new Set(lines.map(({ table }) => table));
  expect(tables.map(({ name }) => name).filter((name) => !filled.has(name))).toEqual([]);
});

test('every migration has been applied, and every row is there as it was', async () => {
  const { pool } = server.deps;
  const { rows: applied } = await pool.query<{ name: string }>(
    'select name from kysely_migration order by name',
  );
  expect(applied.map(({ name }) => name)).toEqual(migrationNames);
  for (const table of new Set(lines.map((line) => line.table))) {
    const { rows } = await pool.query<{ row: unknown }>(`select to_jsonb(t) as row from ${table} t`);
    const now = z.array(z.object({ row: z.record(z.string(), z.json()) })).parse(rows);
    for (const line of lines.filter((one) => one.table === table)) {
      // Sealed since: the next test.
      const { private_key: _, ...row } = line.row;
      expect([table, ...now.map((one) => one.row)]).toContainEqual(expect.objectContaining(row));
    }
  }
});

test('a gateway’s token of then can be listed and revoked, and is not known to have been used', async () => {
  const { rows } = await server.deps.pool.query<{ row: unknown }>(
    'select to_jsonb(t) as row from gateway_secrets t',
  );
  const ids = rows.map(({ row }) => z.object({ id: z.uuid(), last_used_at: z.null() }).parse(row).id);
  expect(ids.length).toBeGreaterThan(0);
  expect((await listGatewayTokens(server.deps.db)).map(({ id }) => id).sort()).toEqual(ids.sort());
  const [history] = await server.deps.db.selectFrom('history').selectAll().execute();
  expect(history).toMatchObject({ closingEpoch: null, closingSeq: null });
});

test('keys that were kept in clear are sealed, sign and hash as before, and have left the tables’ files', async () => {
  const { db, pool, sealer } = server.deps;
  const stored = z
    .object({ key_id: z.string(), private_key: z.string().regex(/^\\x[0-9a-f]{96}$/) })
    .parse(lines.find(({ table }) => table === 'signing_keys')?.row);
  const clear = Buffer.from(stored.private_key.slice(2), 'hex');
  expect((await loadServerKey(db, sealer, new Date().toISOString())).keyId).toBe(stored.key_id);
  const email = 'erased@example.com';
  const hashed = await db.transaction().execute((trx) => hashedEmail(trx, sealer, email));
  expect(hashed).toEqual(createHmac('sha256', erasureKey).update(email).digest());

  const { privateKey, sealedKey } = await db.selectFrom('signingKeys').selectAll().executeTakeFirstOrThrow();
  expect(privateKey).toBeNull();
  expect(sealedKey?.includes(clear)).toBe(false);
  // The file of the embedded server can be read through PostgreSQL itself, by its superuser.
  for (const [table, bytes] of [
    ['signing_keys', clear],
    ['erasure_key', erasureKey],
  ] as const) {
    await pool.query('checkpoint');
    const { rows } = await pool.query<{ file: Buffer }>(
      'select pg_read_binary_file(pg_relation_filepath($1)) as file',
      [table],
    );
    expect([table, rows[0]?.file.length, rows[0]?.file.includes(bytes)]).toEqual([table, 8_192, false]);
  }
});

test('the chain of the log that was written then verifies, and goes on', async () => {
  const { db, commit } = server.deps;
  await commit(async (change) => {
    const rows = await change.db.selectFrom('developers').selectAll().execute();
    await change.put(
      'developer',
      rows.map((row) => ({ ...row, revision: row.revision + 1 })),
      { actor: 'system' },
    );
  });
  const report = await verifyDatabase(db, []);
  expect(report).toMatchObject({ breaks: [] });
});

test('the people of then sign in, and the gateway is told of the same keys', async () => {
  const signedIn = await fetch(`${server.url}/api/v2/developer/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(developer),
  });
  expect(signedIn.status).toBe(204);
  const answer = await fetch(`${server.url}/api/gateway/v1/snapshot`, {
    headers: { authorization: `Bearer ${gatewayToken}` },
  });
  const records = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)).record);
  const keys = records.flatMap((record) => (record.k === 'credential' ? [record.hash] : []));
  const before = lines.filter(({ table }) => table === 'gateway_credentials').map(({ row }) => row['hash']);
  expect(keys.sort()).toEqual(before.sort());
});

test('sessions of then go on, and end where a token of then turns up again', async () => {
  const refresh = (token: string): Promise<Response> =>
    fetch(`${server.url}/api/admin/v1/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'refresh_token',
        client_id: 'gatehouse-desk',
        refresh_token: token,
      }),
    });
  const rotated = async (token: string): Promise<string> =>
    tokenResponseSchema.parse(await (await refresh(token)).json()).refresh_token;
  const last = await rotated(await rotated(refreshTokens.admin));
  expect((await refresh(refreshTokens.admin)).status).toBe(400);
  expect((await refresh(last)).status).toBe(400);

  const renew = (token: string): Promise<Response> =>
    fetch(`${server.url}/api/v2/developer/refresh`, {
      method: 'POST',
      headers: { cookie: `portalrefreshtoken=${token}` },
    });
  const renewed = async (token: string): Promise<string> => {
    const cookies = (await renew(token)).headers.getSetCookie().join('\n');
    return /portalrefreshtoken=([^;]+)/.exec(cookies)?.[1] ?? '';
  };
  const present = await renewed(await renewed(refreshTokens.developer));
  expect(present).toHaveLength(43);
  expect((await renew(refreshTokens.developer)).status).toBe(401);
  expect((await renew(present)).status).toBe(401);
});

test('the first admin of then is known by the same password, and an old row can be decided', async () => {
  const { db } = server.deps;
  const { passwordHash } = await db
    .selectFrom('adminSecrets')
    .innerJoin('admins', 'admins.id', 'adminSecrets.adminId')
    .select('passwordHash')
    .where('email', '=', admin.email)
    .executeTakeFirstOrThrow();
  expect(await verifyPassword(admin.password, passwordHash ?? '')).toBe(true);

  const { id, revision } = await db
    .selectFrom('developers')
    .select(['id', 'revision'])
    .where('state', '=', 'rejected')
    .executeTakeFirstOrThrow();
  const { device, headers } = await signedInAdmin(server.deps);
  const intent = testIntent(device, 'reopen', { kind: 'developer', id }, { basis: { developer: revision } });
  const answer = await fetch(`${server.url}/api/admin/v1/decisions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ intents: [intent] }),
  });
  expect(decisionsResponseSchema.parse(await answer.json()).outcomes).toMatchObject([{ kind: 'applied' }]);
});
