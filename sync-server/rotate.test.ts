/** The key of the secrets is changed, and the process killed at every step of it: one key always opens everything. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginAuthenticator } from './admins/factors/authenticator.ts';
import { addedAdmin } from './admins/testing.ts';
import { createCommit, type Commit } from './changelog/commit.ts';
import { parseSettings, settle } from './config/config.ts';
import { createDb, createPool } from './db/connect.ts';
import type { Db } from './db/schema.ts';
import { createTestDatabase, type TestDatabase } from './db/testing.ts';
import { hashEmail } from './developers/hashed-email.ts';
import { createMailQueue } from './mail/outbox.ts';
import { fittingKey } from './secrets/fitting-key.ts';
import { newKey, type KeyPlace } from './secrets/key-files.ts';
import { rotateSecretsKey, type Rotated } from './secrets/rotate.ts';
import { sealerOf } from './secrets/seal.ts';
import { sealedColumns } from './secrets/sealed.ts';
import { loadServerKey } from './signing/key.ts';
import { addEndpoint } from './webhooks/endpoints.ts';

const fixture = join(import.meta.dirname, 'rotate.fixture.ts');
const run = promisify(execFile);

let database: TestDatabase;
let dataDir: string;
let place: KeyPlace;

beforeEach(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-rotate-'));
  place = { dataDir, secretsKey: null, secretsKeyNext: null };
});

afterEach(async () => {
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Connected for as long as the work takes: the change of keys wants to be alone. */
async function connected<T>(work: (db: Db, commit: Commit) => Promise<T>): Promise<T> {
  const db = createDb(createPool({ ...database.connection, max: 1 }));
  const commit = createCommit({ db, clock: Date.now, projections: [], committed: () => undefined });
  return work(db, commit).finally(() => db.destroy());
}

/** Seals one secret of each kind, as the product does. */
function sealAll(): Promise<void> {
  return connected(async (db, commit) => {
    const sealer = sealerOf(await fittingKey(db, place));
    const clock = Date.now;
    const config = settle(parseSettings({ dataDir }, {}), 0);
    const { id } = await addedAdmin({ commit, clock });
    await beginAuthenticator({ db, clock, sealer }, id);
    const hook = { url: 'https://hooks.example.com/', events: ['*' as const], description: '' };
    await addEndpoint({ commit, clock, config, sealer }, hook, { actor: 'system' });
    await loadServerKey(db, sealer, '2026-01-02T03:04:05.678Z');
    const mail = { portalId: null, recipient: 'dana@example.com', subject: 'Hello', body: 'A link.' };
    await commit(async (change) => {
      await hashEmail(change.db, sealer, 'dana@example.com');
      await createMailQueue(sealer)(change, [mail]);
    });
  });
}

const theKey = (where = place): Promise<Buffer> => connected((db) => fittingKey(db, where));
const rotate = (where = place): Promise<Rotated> =>
  connected((db, commit) => rotateSecretsKey({ db, commit, place: where }));

/** All secrets in clear, by their place. Throws where one does not open. */
function opened(key: Buffer): Promise<Record<string, string[]>> {
  return connected(async (db) => {
    const found: Record<string, string[]> = {};
    for (const { table, column, of, owner } of sealedColumns) {
      const { rows } = await sql<{ of: string; value: Buffer }>`
        select ${sql.ref(of)}::text as of, ${sql.ref(column)} as value from ${sql.table(table)}
        where ${sql.ref(column)} is not null`.execute(db);
      const secrets = rows.map((row) => sealerOf(key).open(row.value, owner(row.of)));
      found[`${table}.${column}`] = (await Promise.all(secrets)).map((secret) => secret.toString('hex'));
    }
    return found;
  });
}

describe('a change of the key', () => {
  it('opens everything with the new key only, and keeps the former for older backups', async () => {
    await sealAll();
    const former = await theKey();
    const secrets = await opened(former);
    expect(Object.values(secrets).map((values) => values.length)).toEqual(sealedColumns.map(() => 1));
    expect(await rotate()).toEqual({ sealed: sealedColumns.length, lost: 0 });
    const key = await theKey();
    expect(key.equals(former)).toBe(false);
    expect(await opened(key)).toEqual(secrets);
    await expect(opened(former)).rejects.toMatchObject({ code: 'secrets_key_wrong' });
    const files = await readdir(dataDir);
    expect(files).toEqual(['secrets.key', expect.stringMatching(/^secrets\.key\.former\.[0-9a-f]{8}$/)]);
    expect(Buffer.from(await readFile(join(dataDir, files[1] ?? ''), 'utf8'), 'base64')).toEqual(former);
  });

  it.each(['kept', 'sealed', 'committed'])('may be killed once it has %s', async (step) => {
    await sealAll();
    const former = await theKey();
    const secrets = await opened(former);
    const words = [fixture, database.connectionString, dataDir, step];
    const died = await run(process.execPath, words).catch((error: unknown) => error);
    expect(died).toMatchObject({ signal: 'SIGKILL' });
    const key = await theKey();
    expect(key.equals(former)).toBe(step !== 'committed');
    expect(await opened(key)).toEqual(secrets);
    expect(await readdir(dataDir)).not.toContain('secrets.key.next');
    // And it can be done again.
    expect(await rotate()).toMatchObject({ sealed: sealedColumns.length });
    expect(await opened(await theKey())).toEqual(secrets);
  });

  it('takes the new key from the environment where the present one comes from there', async () => {
    const [present, next] = [newKey().toString('base64'), newKey().toString('base64')];
    place = { dataDir, secretsKey: present, secretsKeyNext: null };
    await sealAll();
    const secrets = await opened(Buffer.from(present, 'base64'));
    await expect(rotate()).rejects.toMatchObject({
      code: 'invalid_input',
      failure: { fields: [{ field: 'GATEHOUSE_SECRETS_KEY_NEXT' }] },
    });
    const both = { ...place, secretsKeyNext: next };
    expect(await rotate(both)).toMatchObject({ sealed: sealedColumns.length });
    expect(await rotate(both)).toEqual({ sealed: null, lost: 0 });
    expect(await theKey(both)).toEqual(Buffer.from(next, 'base64'));
    expect(await opened(Buffer.from(next, 'base64'))).toEqual(secrets);
    await expect(theKey()).rejects.toMatchObject({ code: 'secrets_key_wrong' });
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('is refused while a server has a connection, and changes nothing', async () => {
    await sealAll();
    const former = await theKey();
    await connected(async (db) => {
      await db.selectFrom('logHead').select('seq').execute();
      await expect(rotate()).rejects.toMatchObject({ code: 'database_in_use' });
    });
    expect(await theKey()).toEqual(former);
    await opened(former);
  });
});

/** Hashes, salts, content, and what an earlier release kept in clear. */
const notSealed = [
  'admin_codes.hash',
  'admin_page_sessions.hash',
  'admin_passkeys.public_key',
  'admin_recovery_codes.hash',
  'admin_sessions.access_hash',
  'admin_sessions.code_hash',
  'admin_sessions.family_hash',
  'admin_sessions.previous_hash',
  'admin_sessions.refresh_hash',
  'admin_sign_ins.hash',
  'change_log.context',
  'change_log.context_digest',
  'change_log.context_salt',
  'change_log.hash',
  'change_log.payload',
  'change_log.payload_digest',
  'change_log.salt',
  'credential_secrets.hash',
  'deleted_records.email_sealed',
  'developer_sessions.access_hash',
  'developer_sessions.family_hash',
  'developer_sessions.previous_refresh_hash',
  'developer_sessions.refresh_hash',
  'erasure_key.key',
  'failed_sign_ins.key',
  'gateway_secrets.token_hash',
  'log_head.hash',
  'mail_tokens.hash',
  'quarantine.head',
  'quarantine.sha256',
  'shared_chunks.content',
  'signing_keys.private_key',
  'signing_keys.public_key',
];

it('every column of bytes is among those that get a new key, or known not to need one', async () => {
  const found = await connected(async (db) => {
    const { rows } = await sql<{ name: string }>`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = current_schema() and data_type = 'bytea' order by 1`.execute(db);
    return rows.map(({ name }) => name);
  });
  const sealed = sealedColumns.map(({ table, column }) => `${table}.${column}`);
  expect(found.toSorted()).toEqual([...sealed, ...notSealed].toSorted());
});
