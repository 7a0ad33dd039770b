/** Backups and restores on real databases: what is saved comes back row by row, and what was closed since stays closed. */
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyDatabase } from '../audit/verify-sources.ts';
import { createAdmin } from '../admins/accounts.ts';
import { changePassword, deactivateAdmin, resetSecondFactor, revokeDevice } from '../admins/people.ts';
import { createCommit, type Commit } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';
import { writeClosings } from '../closings/log.ts';
import { carryClosings, ensureClosingsLog } from '../closings/keep.ts';
import { readClosings } from '../closings/read.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createDb, createPool } from '../db/connect.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import { createTestPortal, type TestPortal } from '../decisions/testing.ts';
import { projectGateways } from '../gateways/projection.ts';
import { createGatewayToken, listGatewayTokens, revokeGatewayTokens } from '../gateways/tokens.ts';
import { makeBackup } from './make.ts';
import { restoreBackup, type RestoreNeeds, type Restored } from './restore.ts';
import { asSaved, readRows } from './testing.ts';

const now = '2026-03-04T05:06:07.890Z';

let folder: string;
let file: string;
let closingsLog: string;
let source: TestDeps;
let target: TestDatabase;
/** As a server's: with its log of closings. */
let commit: Commit;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-backup-'));
  file = join(folder, 'one.backup');
  closingsLog = join(folder, 'closings.log');
  source = await createTestDeps();
  target = await createTestDatabase();
  const { db, clock } = source.deps;
  commit = createCommit({
    db,
    clock,
    projections: [projectGateways],
    beforeDurable: writeClosings(closingsLog),
    committed: () => undefined,
  });
  await ensureClosingsLog(db, closingsLog);
});

afterEach(async () => {
  await source.close();
  await target.drop();
  await rm(folder, { recursive: true, force: true });
});

function restore(more: Partial<RestoreNeeds> = {}): Promise<Restored> {
  return restoreBackup({
    connection: target.connection,
    file,
    closingsOf: (history) => readClosings(closingsLog, history),
    keepClosings: (history, kept) => carryClosings(join(folder, 'there/closings.log'), history, kept),
    replace: false,
    acceptReopened: false,
    clock: Date.now,
    commitOver: (db) =>
      createCommit({ db, clock: Date.now, projections: [projectGateways], committed: () => undefined }),
    ...more,
  });
}

async function ask<R extends object>(text: string): Promise<R[]> {
  const client = new Client(target.connection);
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

async function approveAll({ requests }: TestPortal): Promise<void> {
  await commit(async (change) => {
    const approved = { state: 'approved', revision: 2, decidedRevision: 2 } as const;
    const admin = { actor: 'admin:1' };
    const of = <K extends keyof (typeof requests)[number]>(kind: K) =>
      requests.map((request) => request[kind]);
    await change.put(
      'developer',
      of('developer').map((row) => ({ ...row, ...approved })),
      admin,
    );
    await change.put(
      'application',
      of('application').map((row) => ({ ...row, ...approved })),
      admin,
    );
    await change.put(
      'registration',
      of('registration').map((row) => ({ ...row, ...approved })),
      admin,
    );
    const secrets = of('credential').map(({ id, portalId }, index) => ({
      credentialId: id,
      portalId,
      hash: Buffer.alloc(32, index),
    }));
    await change.db.insertInto('credentialSecrets').values(secrets).execute();
    await change.put(
      'credential',
      of('credential').map((row) => ({ ...row, revision: 2 })),
      admin,
    );
  });
}

test('a restored database equals the saved one row by row, and its chain goes on in a new epoch', async () => {
  await approveAll(await createTestPortal(commit, 20));
  const made = await makeBackup(source.deps.pool, file, now);
  const { seq, epoch } = made.manifest;
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['closings.head', 'closings.log', 'one.backup']);
  const saved = await readRows(source.deps.pool, asSaved(seq, epoch));

  const restored = await restore();
  expect(restored).toMatchObject({ closed: 0, manifest: { seq } });
  expect(restored.epoch).toBeGreaterThan(epoch);
  const pool = createPool(target.connection);
  const back = await readRows(pool, asSaved(seq, epoch));
  expect([...back.keys()]).toEqual([...saved.keys()]);
  for (const [table, rows] of saved) expect([table, back.get(table)]).toEqual([table, rows]);
  const db = createDb(pool);
  expect(await db.selectFrom('epochs').selectAll().orderBy('epoch').execute()).toMatchObject([
    { epoch: 1, startedAfter: 0 },
    { epoch: restored.epoch, startedAfter: seq, closingsReplayed: true },
  ]);
  const [entry] = await db
    .selectFrom('changeLog')
    .selectAll()
    .where('seq', '=', seq + 1)
    .execute();
  expect(entry).toMatchObject({
    kind: 'event',
    action: 'backup.restored',
    actor: 'system',
    epoch: restored.epoch,
  });
  expect(await verifyDatabase(db, [])).toMatchObject({ ok: true, breaks: [] });
  await db.destroy();
});

test('what was closed after the backup is closed after the restore, at the gateways too', async () => {
  const portal = await createTestPortal(commit, 4);
  await approveAll(portal);
  await makeBackup(source.deps.pool, file, now);
  const [revoked, deleted, keyGone, kept] = portal.requests;
  if (!revoked || !deleted || !keyGone || !kept) throw new Error('four requests');
  await commit(async (change) => {
    const by = { actor: 'admin:7' };
    const row = {
      ...revoked.registration,
      state: 'revoked',
      revision: 3,
      decidedRevision: 3,
      decidedBy: 'admin:7',
    } as const;
    await change.put('registration', [row], by);
    await change.drop('credential', [{ ...deleted.credential, revision: 2 }], by);
    await change.drop('registration', [{ ...deleted.registration, revision: 2 }], by);
    await change.drop('application', [{ ...deleted.application, revision: 2 }], by);
  });
  await commit(async (change) => {
    await change.drop('credential', [{ ...keyGone.credential, revision: 2 }], { actor: 'developer:2' });
  });

  expect((await restore()).closed).toBeGreaterThanOrEqual(3);
  const alive = await ask<{ credential_id: string }>('select credential_id from gateway_credentials');
  expect(alive.map((row) => row.credential_id).sort()).toEqual(
    [revoked.credential.id, kept.credential.id].sort(),
  );
  expect(
    await ask(
      `select state, revision, decided_by from registrations where id = '${revoked.registration.id}'`,
    ),
  ).toEqual([{ state: 'revoked', revision: 3, decided_by: 'admin:7' }]);
  expect(await ask(`select entity, deleted_by from deleted_records order by entity`)).toEqual([
    { entity: 'application', deleted_by: 'admin:7' },
    { entity: 'registration', deleted_by: 'admin:7' },
  ]);
});

test('what the backup knows of already is not closed again', async () => {
  const portal = await createTestPortal(commit, 1);
  await approveAll(portal);
  const [request] = portal.requests;
  if (!request) throw new Error('a request');
  const put = (state: 'revoked' | 'approved', revision: number): Promise<void> =>
    commit((change) =>
      change.put('developer', [{ ...request.developer, state, revision, decidedRevision: revision }], {
        actor: 'admin:1',
      }),
    );
  await put('revoked', 3);
  await put('approved', 4);
  await makeBackup(source.deps.pool, file, now);
  expect((await restore()).closed).toBe(0);
  expect(await ask('select state from developers')).toEqual([{ state: 'approved' }]);
});

/** A hash that nobody checks. */
const verifier = (word: string): string => `hash of ${word}`;

async function addAdmins(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  for (const name of names) {
    const given = {
      email: `${name}@example.com`,
      name,
      role: 'reviewer',
      password: `${name} harbour 7`,
    } as const;
    const { id } = await commit((change) =>
      createAdmin(change, source.deps.clock, given, { actor: 'system' }),
    );
    made.set(name, id);
  }
  return made;
}

test('a password, a second factor or a token that ended after the backup opens nothing after the restore', async () => {
  const { db, clock } = source.deps;
  const portal = await createTestPortal(commit, 2);
  const [first, second] = portal.requests.map(({ developer }) => developer.id);
  await db
    .updateTable('developerSecrets')
    .set({ passwordHash: verifier('old') })
    .execute();
  const admins = await addAdmins(['changed', 'kept', 'added', 'reset', 'away', 'one-of-two']);
  const idOf = (name: string): string => admins.get(name) ?? '';
  const system = { actor: 'system' };
  const passkey = (id: string, adminId: string) => ({
    id,
    adminId,
    name: id,
    publicKey: Buffer.from('key'),
    counter: 0,
    transports: [],
    createdAt: now,
    usedAt: null,
  });
  const keys = ['first', 'second'].map((id) => passkey(id, idOf('one-of-two')));
  await db.insertInto('adminPasskeys').values(keys).execute();
  await db
    .insertInto('adminTotp')
    .values({
      adminId: idOf('reset'),
      secret: Buffer.from('s'),
      confirmedAt: now,
      lastStep: 0,
      createdAt: now,
    })
    .execute();
  const gateway = {
    id: crypto.randomUUID(),
    portalId: null,
    revision: 1,
    createdAt: now,
    region: 'eu',
    name: 'edge',
  };
  await commit((change) => change.put('gateway', [gateway], system));
  for (let count = 0; count < 2; count++) {
    await createGatewayToken({ commit }, { gateway: gateway.id, fingerprint: 'f'.repeat(64) });
  }
  const [revoked] = await listGatewayTokens(db);
  await makeBackup(source.deps.pool, file, now);

  await commit(async (change) => {
    await changePassword(change, { adminId: idOf('changed'), passwordHash: verifier('new') }, system);
    await resetSecondFactor(change, idOf('reset'), system);
    await deactivateAdmin(change, idOf('away'), system);
    const ends: readonly Ended[] = [
      { what: 'password-alone', id: idOf('added') },
      { what: 'passkey', id: idOf('one-of-two'), passkey: 'second' },
      { what: 'developer-password', id: first ?? '' },
    ];
    change.event({ name: 'admin.second_factor_changed', ends, cause: system });
  });
  await revokeGatewayTokens({ commit }, { token: revoked?.id ?? '' });
  const late = crypto.randomUUID();
  await db
    .insertInto('devices')
    .values({
      id: late,
      adminId: idOf('kept'),
      name: 'late',
      scope: 'all',
      enrolledAt: now,
      seenAt: now,
      revokedAt: null,
    })
    .execute();
  await commit((change) => revokeDevice(change, { device: late, adminId: null }, system));

  const { ended } = await restore({ clock });
  expect(ended.map(({ what, whose }) => `${what} ${whose}`).sort()).toEqual([
    'admin away@example.com',
    'admin-password added@example.com',
    'admin-password changed@example.com',
    'admin-password reset@example.com',
    'authenticator reset@example.com',
    `developer-password ${portal.requests[0]?.developer.email ?? ''}`,
    'gateway-token edge',
    'passkey one-of-two@example.com',
  ]);
  const open = await ask<{ name: string }>(
    `select a.name from admins a join admin_secrets s on s.admin_id = a.id
     where s.password_hash is not null and s.deactivated_at is null order by 1`,
  );
  expect(open.map(({ name }) => name)).toEqual(['kept', 'one-of-two']);
  expect(await ask('select id from admin_passkeys')).toEqual([{ id: 'first' }]);
  expect(await ask('select 1 from admin_totp')).toEqual([]);
  expect(
    await ask('select developer_id as id from developer_secrets where password_hash is not null'),
  ).toEqual([{ id: second }]);
  expect(await ask('select id from gateway_secrets where revoked_at is not null')).toEqual([
    { id: revoked?.id },
  ]);
  expect(await ask(`select 1 from devices where id = '${late}' and revoked_at is not null`)).toHaveLength(1);
  expect(await ask(`select count(*)::int as logged from change_log where action = 'secret.ended'`)).toEqual([
    { logged: ended.length },
  ]);
  // Whoever restores once more finds the same, from the log that was carried along.
  const elsewhere = join(folder, 'there');
  const again = await restore({
    clock,
    replace: true,
    closingsOf: (history) => readClosings(elsewhere, history),
  });
  expect(again.ended).toHaveLength(ended.length);
});

test('a log of closings that is cut, too old or not of all servers is not relied on', async () => {
  await approveAll(await createTestPortal(commit, 2));
  await makeBackup(source.deps.pool, file, now);
  const before = await readFile(closingsLog);
  const { id } = await source.deps.db.selectFrom('credentials').selectAll().executeTakeFirstOrThrow();
  const row = await source.deps.db
    .selectFrom('credentials')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await commit((change) => change.drop('credential', [row], { actor: 'admin:1' }));
  const whole = await readFile(closingsLog);
  await writeFile(closingsLog, before);
  await expect(restore()).rejects.toMatchObject({
    code: 'restore_reopens',
    failure: { message: expect.stringMatching(/not whole.*; 2 keys/) as string },
  });
  await writeFile(closingsLog, whole);
  expect((await restore()).closed).toBe(1);
  // What stands there now knows of a closing that an older copy of the log, head and all, lacks.
  await writeFile(closingsLog, before);
  await rm(join(folder, 'closings.head'));
  await expect(restore({ replace: true })).rejects.toMatchObject({
    failure: { message: expect.stringMatching(/older than what the database knew of/) as string },
  });
  const { epoch } = await restore({ replace: true, acceptReopened: true });
  const { files } = (await readClosings(join(folder, 'there'), await historyThere())) ?? { files: [] };
  expect(files[0]).toMatchObject({ lost: true, since: { epoch } });
});

async function historyThere(): Promise<string> {
  const [row] = await ask<{ id: string }>('select id from history');
  return row?.id ?? '';
}

test('without a log of closings it names what would be open, and changes nothing', async () => {
  await approveAll(await createTestPortal(commit, 2));
  await makeBackup(source.deps.pool, file, now);
  const nobodyKnows = { closingsOf: () => Promise.resolve(null) };
  await expect(restore(nobodyKnows)).rejects.toMatchObject({
    code: 'restore_reopens',
    failure: { fields: [{ field: 'key …abcd' }, { field: 'key …abcd' }] },
  });
  expect(await ask('select 1 from developers')).toEqual([]);
  const { closed } = await restore({ ...nobodyKnows, acceptReopened: true });
  expect(closed).toBe(0);
  expect(await ask('select closings_replayed from epochs order by epoch')).toEqual([
    { closings_replayed: true },
    { closings_replayed: false },
  ]);
});

test('a log that another server kept counts as none', async () => {
  await approveAll(await createTestPortal(commit, 1));
  await makeBackup(source.deps.pool, file, now);
  const other = await createTestDeps();
  // Test databases are copies of one.
  await other.deps.db.updateTable('history').set({ id: crypto.randomUUID() }).execute();
  const theirs = join(folder, 'theirs.log');
  await ensureClosingsLog(other.deps.db, theirs);
  await other.close();
  await expect(restore({ closingsOf: (history) => readClosings(theirs, history) })).rejects.toMatchObject({
    code: 'restore_reopens',
  });
});

test('a database that is not empty, or is in use, is left alone', async () => {
  await createTestPortal(commit, 1);
  await makeBackup(source.deps.pool, file, now);
  await restore();
  await expect(restore()).rejects.toMatchObject({ code: 'restore_not_empty' });
  const idle = new Client(target.connection);
  await idle.connect();
  await expect(restore({ replace: true })).rejects.toMatchObject({ code: 'database_in_use' });
  await idle.end();
  await restore({ replace: true });
  expect(await ask('select 1 from developers')).toHaveLength(1);
});

test('a backup that is cut short or has one bit changed is refused, with nothing changed', async () => {
  await createTestPortal(commit, 5);
  await makeBackup(source.deps.pool, file, now);
  const whole = await readFile(file);
  for (let round = 0; round < 40; round++) {
    const at = Math.floor((whole.length * round) / 40);
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await writeFile(file, round % 2 === 0 ? bytes : whole.subarray(0, at));
    await expect(restore(), `byte ${at}`).rejects.toMatchObject({ code: 'backup_damaged' });
  }
  expect(
    await ask(`select to_regclass('log_head') as there, (select count(*)::int from developers) as rows`),
  ).toEqual([{ there: 'log_head', rows: 0 }]);
});

test('a backup that fails leaves no file, and one that is there is never overwritten', async () => {
  await writeFile(file, 'mine');
  await expect(makeBackup(source.deps.pool, file, now)).rejects.toMatchObject({ code: 'backup_exists' });
  expect(await readFile(file, 'utf8')).toBe('mine');
  const gone = createPool({ ...source.database.connection, database: 'there_is_none' });
  await expect(makeBackup(gone, join(folder, 'two.backup'), now)).rejects.toMatchObject({
    code: 'backup_failed',
  });
  await gone.end();
  expect((await readdir(folder)).sort()).toEqual(['closings.head', 'closings.log', 'one.backup']);
});
