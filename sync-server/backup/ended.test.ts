/** Secrets that ended after a backup, and a log of closings that is not whole. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAdmin } from '../admins/accounts.ts';
import { changePassword, deactivateAdmin, resetSecondFactor, revokeDevice } from '../admins/people.ts';
import type { Commit } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';
import { headPath } from '../closings/head.ts';
import { readClosings } from '../closings/read.ts';
import type { TestDeps } from '../config/testing.ts';
import { createTestPortal } from '../decisions/testing.ts';
import { createGatewayToken, listGatewayTokens, revokeGatewayTokens } from '../gateways/tokens.ts';
import { makeBackup } from './make.ts';
import { approveAll, openScene, type Scene } from './testing-scene.ts';

const now = '2026-03-04T05:06:07.890Z';

let scene: Scene;
let file: string;
let closingsLog: string;
let source: TestDeps;
let commit: Commit;
let restore: Scene['restore'];
let ask: Scene['ask'];

beforeEach(async () => {
  scene = await openScene();
  ({ file, closingsLog, source, commit, restore, ask } = scene);
});

afterEach(() => scene.close());

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
  const again = await restore({
    clock,
    replace: true,
    closingsOf: (history) => readClosings(scene.carried, history),
  });
  expect(again.ended).toHaveLength(ended.length);
});

test('a log of closings that is cut, too old or not of all servers is not relied on', async () => {
  await approveAll(commit, await createTestPortal(commit, 2));
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
  await rm(headPath(closingsLog));
  await expect(restore({ replace: true })).rejects.toMatchObject({
    failure: { message: expect.stringMatching(/older than what the database knew of/) as string },
  });
  const { epoch } = await restore({ replace: true, acceptReopened: true });
  const { files } = (await readClosings(scene.carried, await historyThere())) ?? { files: [] };
  expect(files[0]).toMatchObject({ lost: true, since: { epoch } });
});

async function historyThere(): Promise<string> {
  const [row] = await ask<{ id: string }>('select id from history');
  return row?.id ?? '';
}
