/** Backups and restores on real databases: what is saved comes back row by row, and what was closed since stays closed. */
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyDatabase } from '../audit/verify-sources.ts';
import type { Commit } from '../changelog/commit.ts';
import { ensureClosingsLog } from '../closings/keep.ts';
import { readClosings } from '../closings/read.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createDb, createPool } from '../db/connect.ts';
import type { TestDatabase } from '../db/testing.ts';
import { createTestPortal } from '../decisions/testing.ts';
import { makeBackup } from './make.ts';
import { asSaved, readRows } from './testing.ts';
import { approveAll, openScene, type Scene } from './testing-scene.ts';

const now = '2026-03-04T05:06:07.890Z';

let scene: Scene;
let folder: string;
let file: string;
let source: TestDeps;
let target: TestDatabase;
let commit: Commit;
let restore: Scene['restore'];
let ask: Scene['ask'];

beforeEach(async () => {
  scene = await openScene();
  ({ folder, file, source, target, commit, restore, ask } = scene);
});

afterEach(() => scene.close());

test('a restored database equals the saved one row by row, and its chain goes on in a new epoch', async () => {
  await approveAll(commit, await createTestPortal(commit, 20));
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

test('desks’ snapshots stay out of it: they are made anew', async () => {
  const { db, pool } = source.deps;
  const scope = 'all';
  const snapshot = { id: '1-7-aa', scope, manifest: '{}', madeAt: now };
  await db.insertInto('sharedSnapshots').values(snapshot).execute();
  await db
    .insertInto('sharedChunks')
    .values({ scope, snapshotId: snapshot.id, number: 0, content: Buffer.alloc(1_000_000, 1) })
    .execute();
  const { manifest, bytes } = await makeBackup(pool, file, now);
  expect(manifest.tables.map(({ name }) => name)).not.toContain('shared_chunks');
  expect(bytes).toBeLessThan(100_000);
  await restore();
  expect(await ask('select 1 from shared_snapshots')).toEqual([]);
});

test('what was closed after the backup is closed after the restore, at the gateways too', async () => {
  const portal = await createTestPortal(commit, 4);
  await approveAll(commit, portal);
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
  await approveAll(commit, portal);
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

test('without a log of closings it names what would be open, and changes nothing', async () => {
  await approveAll(commit, await createTestPortal(commit, 2));
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
  await approveAll(commit, await createTestPortal(commit, 1));
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
