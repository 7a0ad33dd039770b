/** Ways in and ways out that were changed after a backup, each tried on the restored database as its people would. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addedAdmin, adminPassword as password } from '../admins/testing.ts';
import { renewRecoveryCodes, useRecoveryCode } from '../admins/factors/recovery.ts';
import { codeAt, stepAt } from '../admins/factors/totp.ts';
import { tryPerson } from '../admins/oidc/identities.ts';
import { adminPages } from '../admins/pages.ts';
import { resetSecondFactor } from '../admins/people.ts';
import { openBrowser, secretOn } from '../admins/testing-browser.ts';
import { createCommit } from '../changelog/commit.ts';
import { fold } from '../closings/compact.ts';
import { readHead } from '../closings/head.ts';
import { readClosings } from '../closings/read.ts';
import type { Deps } from '../config/deps.ts';
import { createDb, createPool } from '../db/connect.ts';
import { createTestPortal, type TestPortal } from '../decisions/testing.ts';
import { createHttp } from '../http/server.ts';
import {
  addEndpoint,
  changeEndpoint,
  listEndpoints,
  removeEndpoint,
  rotateSecret,
} from '../webhooks/endpoints.ts';
import { createPoster } from '../webhooks/post.ts';
import { projectWebhooks } from '../webhooks/projection.ts';
import { isSigned, startReceiver, type Receiver } from '../webhooks/testing.ts';
import { startWebhooks } from '../webhooks/worker.ts';
import { makeBackup } from './make.ts';
import type { RestoreNeeds } from './restore.ts';
import { openScene, type Scene } from './testing-scene.ts';

const now = '2026-03-04T05:06:07.890Z';
const system = { actor: 'system' };

let scene: Scene;
/** The server before the loss, and the one after the restore. */
let before: Deps;
let after: Deps | null;
let receivers: Receiver[];

beforeEach(async () => {
  scene = await openScene();
  const { deps } = scene.source;
  before = { ...deps, commit: scene.commit, config: { ...deps.config, webhookPrivate: true } };
  after = null;
  receivers = [];
});

afterEach(async () => {
  for (const receiver of receivers) await receiver.close();
  await closeAfter();
  await scene.close();
});

/** Connections to it would count as a server that runs on it. */
async function closeAfter(): Promise<void> {
  await after?.db.destroy();
  if (after && !after.pool.ending) await after.pool.end();
  after = null;
}

/** What the restored server works with. */
function there(): Deps {
  if (after) return after;
  const { clock } = before;
  const pool = createPool(scene.target.connection);
  const db = createDb(pool);
  const commit = createCommit({ db, clock, projections: [projectWebhooks], committed: () => undefined });
  after = { ...before, db, pool, commit };
  return after;
}

async function backup(): Promise<void> {
  await makeBackup(before.pool, scene.file, now);
}

/** Restores, and answers what that says it has ended. */
async function restored(more: Partial<RestoreNeeds> = {}): Promise<readonly string[]> {
  await closeAfter();
  const { ended } = await scene.restore({ clock: before.clock, ...more });
  return ended.map(({ what, whose }) => `${what} ${whose}`).sort();
}

async function addAdmin(name: string): Promise<string> {
  const { id } = await addedAdmin(before, `${name}@example.com`);
  return id;
}

test('a recovery code that was used or replaced after the backup is not good again', async () => {
  const [used, replaced, kept] = [await addAdmin('used'), await addAdmin('replaced'), await addAdmin('kept')];
  const codesOf = (id: string) => before.commit((change) => renewRecoveryCodes(change, id));
  const codes = { used: await codesOf(used), replaced: await codesOf(replaced), kept: await codesOf(kept) };
  await backup();
  expect(await useRecoveryCode(before.commit, used, codes.used[0] ?? '')).toBe(true);
  await before.commit(async (change) => {
    await resetSecondFactor(change, replaced, system);
    await renewRecoveryCodes(change, replaced);
  });

  expect(await restored()).toEqual([
    'admin-password replaced@example.com',
    'recovery-codes replaced@example.com',
    'recovery-codes used@example.com',
  ]);
  const works = (id: string, code = ''): Promise<boolean> => useRecoveryCode(there().commit, id, code);
  for (const code of codes.used) expect(await works(used, code)).toBe(false);
  for (const code of codes.replaced) expect(await works(replaced, code)).toBe(false);
  expect(await works(kept, codes.kept[0])).toBe(true);
});

test('recovery codes that came with a passkey are void once an authenticator has brought new ones', async () => {
  const id = await addAdmin('dana');
  const codes = await before.commit((change) => renewRecoveryCodes(change, id));
  await backup();
  const app = await createHttp({ log: before.log, tls: false });
  await app.register(adminPages(before));
  const browser = openBrowser(app);
  await browser.get('/admin/sign-in');
  await browser.submit('/admin/sign-in', { email: 'dana@example.com', password });
  await browser.get('/admin/account');
  const secret = secretOn(await browser.submit('/admin/account/authenticator', { password }));
  const code = codeAt(secret, stepAt(before.clock()));
  const on = await browser.submit('/admin/account/authenticator/confirm', { code });
  expect(on.body).toContain('recovery codes');
  await app.close();
  for (const one of codes) expect(await useRecoveryCode(before.commit, id, one)).toBe(false);

  expect(await restored()).toEqual(['admin-password dana@example.com', 'recovery-codes dana@example.com']);
  for (const one of codes) expect(await useRecoveryCode(there().commit, id, one)).toBe(false);
});

test('whom single sign-on knew before the loss it knows after it, and nobody else by their address', async () => {
  const issuer = 'https://provider.example';
  const person = (subject: string, name: string) => ({
    issuer,
    subject,
    email: `${name}@example.com`,
    verified: true,
  });
  const [early, late, reset, moved, left] = [
    await addAdmin('early'),
    await addAdmin('late'),
    await addAdmin('reset'),
    await addAdmin('moved'),
    await addAdmin('left'),
  ];
  const signIn = async (deps: Deps, subject: string, name: string): Promise<string | null> =>
    (await tryPerson(deps, person(subject, name))).adminId;
  expect(await signIn(before, 'one', 'early')).toBe(early);
  expect(await signIn(before, 'two', 'reset')).toBe(reset);
  expect(await signIn(before, 'three', 'moved')).toBe(moved);
  expect(await signIn(before, 'nine', 'left')).toBe(left);
  await backup();
  expect(await signIn(before, 'four', 'late')).toBe(late);
  const takeAway = (id: string) => before.commit((change) => resetSecondFactor(change, id, system));
  for (const id of [reset, moved, left]) await takeAway(id);
  expect(await signIn(before, 'five', 'moved')).toBe(moved);
  expect(await signIn(before, 'eight', 'left')).toBe(left);
  await takeAway(left);

  const ended = await restored();
  expect(ended.filter((one) => one.startsWith('identit'))).toEqual([
    'identities left@example.com',
    'identities moved@example.com',
    'identities reset@example.com',
  ]);
  expect(await signIn(there(), 'six', 'late'), 'the address has passed to somebody else').toBeNull();
  expect(await signIn(there(), 'four', 'late')).toBe(late);
  expect(await signIn(there(), 'one', 'early')).toBe(early);
  expect(await signIn(there(), 'three', 'moved'), 'bound no more').toBeNull();
  expect(await signIn(there(), 'five', 'moved')).toBe(moved);
  expect(await signIn(there(), 'two', 'away'), 'bound no more').toBeNull();
  expect(await signIn(there(), 'eight', 'away'), 'bound, and then no more').toBeNull();
  expect(await signIn(there(), 'seven', 'reset'), 'bound to nobody: by the verified address').toBe(reset);
  // Whoever restores once more finds the same, from the log that was carried along, also once it is compacted.
  const folded = await fold(await readFile(scene.carried, 'utf8'), await readHead(scene.carried));
  await writeFile(scene.carried, folded ?? '');
  const closingsOf: RestoreNeeds['closingsOf'] = (history) => readClosings(scene.carried, history);
  expect(await restored({ replace: true, closingsOf })).toEqual(ended);
  expect(await signIn(there(), 'six', 'late')).toBeNull();
  expect(await signIn(there(), 'five', 'moved')).toBe(moved);
});

async function receiver(): Promise<Receiver> {
  const made = await startReceiver();
  receivers.push(made);
  return made;
}

/** A developer is approved on the restored server, and all that is due is sent. */
async function deliver({ requests }: TestPortal, at: number): Promise<void> {
  const row = requests[at]?.developer;
  if (!row) throw new Error('no such request');
  const approved = { ...row, state: 'approved' as const, revision: row.revision + 1 };
  await there().commit((change) => change.put('developer', [approved], system));
  const worker = startWebhooks({ ...there(), poster: createPoster(true), random: () => 0 });
  await worker.flush();
  await worker.stop();
}

test('a webhook tells nobody who was not to be told any more, and signs with no secret that was replaced', async () => {
  const portal = await createTestPortal(before.commit, 2);
  const [removed, rotated, moved, paused, kept] = [
    await receiver(),
    await receiver(),
    await receiver(),
    await receiver(),
    await receiver(),
  ];
  const add = ({ url }: Receiver) =>
    addEndpoint(before, { url: `${url}?token=theirs`, events: ['*'], description: '' }, system);
  const hooks = {
    removed: await add(removed),
    rotated: await add(rotated),
    moved: await add(moved),
    paused: await add(paused),
    kept: await add(kept),
  };
  await backup();
  const fresh = await receiver();
  await removeEndpoint(before, hooks.removed.id, system);
  await rotateSecret(before, hooks.rotated.id, system);
  await changeEndpoint(before, hooks.moved.id, { url: fresh.url }, system);
  await changeEndpoint(before, hooks.paused.id, { paused: true }, system);
  await changeEndpoint(before, hooks.kept.id, { description: 'the ledger' }, system);

  const hostOf = ({ url }: Receiver): string => new URL(url).host;
  expect(await restored()).toEqual(
    [
      `webhook ${hooks.removed.id}`,
      `webhook-secret ${hostOf(rotated)} (${hooks.rotated.id})`,
      `webhook-changed ${hostOf(moved)} (${hooks.moved.id})`,
      `webhook-changed ${hostOf(paused)} (${hooks.paused.id})`,
    ].sort(),
  );
  await deliver(portal, 0);
  const counts = () => [removed, rotated, moved, paused, kept].map(({ received }) => received.length);
  expect(counts()).toEqual([0, 0, 0, 0, 1]);

  // What waits goes on once an owner says so, and not without a new secret.
  const resume = (id: string) => changeEndpoint(there(), id, { paused: false }, system);
  await expect(resume(hooks.rotated.id)).rejects.toMatchObject({ code: 'webhook_without_secret' });
  const secret = await rotateSecret(there(), hooks.rotated.id, system);
  await resume(hooks.rotated.id);
  await changeEndpoint(there(), hooks.moved.id, { url: fresh.url, paused: false }, system);
  await deliver(portal, 1);
  expect(counts()).toEqual([0, 2, 0, 0, 2]);
  expect(fresh.received).toHaveLength(2);
  for (const one of rotated.received) {
    expect([isSigned(one, secret), isSigned(one, hooks.rotated.secret)]).toEqual([true, false]);
  }
  const states = (await listEndpoints(there().db)).map(({ id, pausedReason }) => [id, pausedReason]);
  expect(Object.fromEntries(states)).toEqual({
    [hooks.rotated.id]: null,
    [hooks.moved.id]: null,
    [hooks.paused.id]: 'restored',
    [hooks.kept.id]: null,
  });
});
