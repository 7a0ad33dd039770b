import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { issueCode, redeemCode } from './codes.ts';
import { endSession, openSession, refreshSession } from './sessions.ts';
import { signedInAdmin, type TestAdmin } from './testing.ts';
import { createHash } from 'node:crypto';

let test: TestDeps;
let admin: TestAdmin;

beforeAll(async () => {
  test = await createTestDeps();
  admin = await signedInAdmin(test.deps);
});

afterAll(() => test.close());

/** The last entry that tells of the end of a session. */
async function lastEnd(): Promise<string> {
  const { action, actor, device, payload } = await test.deps.db
    .selectFrom('changeLog')
    .select(['action', 'actor', 'device', 'payload'])
    .where('action', 'in', ['admin.signed_out', 'admin.sessions_ended'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return `${action} ${actor} ${String(device)} ${String(payload)}`;
}

it('signing out is told to the log, with the device', async () => {
  await endSession(test.deps, admin.token);
  expect(await lastEnd()).toBe(`admin.signed_out admin:${admin.id} ${admin.device} {"from":"desk"}`);
});

it('so is an end by a refresh token that came again, by nobody who is known', async () => {
  const first = await openSession(test.deps, admin.id);
  const second = await refreshSession(test.deps, first.refresh_token);
  await refreshSession(test.deps, second.refresh_token);
  await expect(refreshSession(test.deps, first.refresh_token)).rejects.toMatchObject({
    code: 'grant_invalid',
  });
  expect(await lastEnd()).toBe('admin.sessions_ended system null {"why":"a refresh token came again"}');
});

it('and one by an authorization code that came again', async () => {
  const redirectUri = 'http://127.0.0.1:49152/callback';
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const code = await issueCode(test.deps, { adminId: admin.id, challenge, redirectUri });
  await redeemCode(test.deps, { code, verifier, redirectUri });
  await expect(redeemCode(test.deps, { code, verifier, redirectUri })).rejects.toMatchObject({
    code: 'grant_invalid',
  });
  expect(await lastEnd()).toBe('admin.sessions_ended system null {"why":"an authorization code came again"}');
});
