import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminListSchema, deviceListSchema } from '../../domain/wire/admin.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createHttp } from '../http/server.ts';
import { changeRole } from './roles.ts';
import { adminRoutes } from './routes.ts';
import { signedInAdmin, type TestAdmin } from './testing.ts';

let test: TestDeps;
let app: FastifyInstance;
let owner: TestAdmin;

beforeAll(async () => {
  test = await createTestDeps();
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(adminRoutes(test.deps));
  owner = await signedInAdmin(test.deps, 'owner');
});

afterAll(async () => {
  await app.close();
  await test.close();
});

function call(as: TestAdmin, method: 'GET' | 'POST' | 'DELETE', path: string) {
  return app.inject({ method, url: `/api/admin/v1${path}`, headers: as.headers });
}

async function devicesSeenBy(admin: TestAdmin): Promise<string[]> {
  const { devices } = deviceListSchema.parse((await call(admin, 'GET', '/devices')).json());
  return devices.map(({ id }) => id);
}

/** What the log says was done, last first. */
async function lastActions(): Promise<(string | null)[]> {
  const rows = await test.deps.db
    .selectFrom('changeLog')
    .select(['action', 'actor'])
    .orderBy('seq', 'desc')
    .limit(2)
    .execute();
  return rows.map(({ action, actor }) => `${action} by ${actor === `admin:${owner.id}` ? 'owner' : actor}`);
}

describe('devices', () => {
  it('are seen and revoked by their own admin; by an owner, everybody’s', async () => {
    const [mira, noor] = [
      await signedInAdmin(test.deps, 'reviewer'),
      await signedInAdmin(test.deps, 'viewer'),
    ];
    expect(await devicesSeenBy(mira)).toEqual([mira.device]);
    expect(await devicesSeenBy(owner)).toEqual(expect.arrayContaining([mira.device, noor.device]));

    const foreign = await call(mira, 'DELETE', `/devices/${noor.device}`);
    const none = await call(mira, 'DELETE', `/devices/${crypto.randomUUID()}`);
    expect([foreign.statusCode, foreign.json<{ code: string }>().code]).toEqual([404, 'not_found']);
    expect(none.json<{ code: string }>().code).toBe('not_found');
    expect((await call(noor, 'GET', '/me')).statusCode).toBe(200);

    expect((await call(owner, 'DELETE', `/devices/${noor.device}`)).statusCode).toBe(204);
    expect((await call(noor, 'GET', '/me')).json()).toMatchObject({ code: 'device_revoked' });
    expect((await lastActions())[0]).toBe('device.revoked by owner');
    expect((await call(mira, 'DELETE', `/devices/${mira.device}`)).statusCode).toBe(204);
    expect((await call(mira, 'GET', '/me')).statusCode).toBe(403);
  });
});

describe('a device that a restore has forgotten', () => {
  it('has its id back where that was given out in the time that was lost, and is nobody else’s then', async () => {
    const { db, clock } = test.deps;
    const mira = await signedInAdmin(test.deps, 'reviewer');
    const noor = await signedInAdmin(test.deps, 'reviewer');
    const hour = 3_600_000;
    const enrol = (as: TestAdmin, device: string) =>
      app.inject({
        method: 'POST',
        url: '/api/admin/v1/devices',
        headers: as.headers,
        payload: { name: 'desk', device },
      });
    const lost = uuidv7(clock() + 2 * hour, randomBytes(10));
    expect((await enrol(mira, lost)).json()).toMatchObject({ code: 'device_foreign' });

    const { seq } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    const restored = {
      epoch: 9,
      startedAfter: seq,
      startedAt: new Date(clock() + 4 * hour).toISOString(),
      closingsReplayed: true,
    };
    await db.insertInto('epochs').values(restored).execute();
    expect((await enrol(mira, lost)).json()).toMatchObject({ device: lost });
    expect((await enrol(mira, lost)).json()).toMatchObject({ device: lost });
    expect((await enrol(noor, lost)).json()).toMatchObject({ code: 'device_foreign' });
    const others = [
      uuidv7(clock() - hour, randomBytes(10)),
      uuidv7(clock() + 5 * hour, randomBytes(10)),
      crypto.randomUUID(),
    ];
    for (const id of others) {
      expect((await enrol(noor, id)).json()).toMatchObject({ code: 'device_foreign' });
    }
    await db.deleteFrom('epochs').where('epoch', '=', 9).execute();
  });
});

describe('admins', () => {
  it('are an owner’s alone to look after', async () => {
    const reviewer = await signedInAdmin(test.deps, 'reviewer');
    const paths = [
      ['GET', '/admins'],
      ['DELETE', `/admins/${owner.id}`],
      ['POST', `/admins/${owner.id}/deactivate`],
      ['POST', `/admins/${owner.id}/reactivate`],
      ['POST', `/admins/${owner.id}/reset-second-factor`],
    ] as const;
    for (const [method, path] of paths) {
      expect([path, (await call(reviewer, method, path)).statusCode]).toEqual([path, 403]);
    }
    const { admins } = adminListSchema.parse((await call(owner, 'GET', '/admins')).json());
    expect(admins.find(({ id }) => id === reviewer.id)).toMatchObject({ role: 'reviewer', devices: 1 });
  });

  it('are deactivated and let in again, and every session of theirs ends', async () => {
    const noor = await signedInAdmin(test.deps, 'reviewer');
    expect((await call(owner, 'POST', `/admins/${noor.id}/deactivate`)).statusCode).toBe(204);
    expect((await call(noor, 'GET', '/me')).statusCode).toBe(401);
    expect((await lastActions())[0]).toBe('admin.deactivated by owner');
    expect((await call(owner, 'POST', `/admins/${noor.id}/reactivate`)).statusCode).toBe(204);
    expect((await call(noor, 'GET', '/me')).statusCode, 'a new sign-in is needed').toBe(401);
  });

  it('are removed with their devices', async () => {
    const noor = await signedInAdmin(test.deps, 'reviewer');
    expect((await call(owner, 'DELETE', `/admins/${noor.id}`)).statusCode).toBe(204);
    expect((await call(noor, 'GET', '/me')).statusCode).toBe(401);
    expect(await devicesSeenBy(owner)).not.toContain(noor.device);
    expect((await lastActions())[0]).toBe('deleted by owner');
    expect((await call(owner, 'DELETE', `/admins/${noor.id}`)).statusCode).toBe(404);
  });

  it('always leave one owner who can sign in', async () => {
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/deactivate'],
    ] as const) {
      const answer = await call(owner, method, `/admins/${owner.id}${path}`);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([409, 'admin_last_owner']);
    }
    const { email } = await test.deps.db
      .selectFrom('admins')
      .select('email')
      .where('id', '=', owner.id)
      .executeTakeFirstOrThrow();
    const demoted = test.deps.commit((change) =>
      changeRole(change, { email, role: 'viewer' }, { actor: 'system' }),
    );
    await expect(demoted).rejects.toMatchObject({ code: 'admin_last_owner' });
    const second = await signedInAdmin(test.deps, 'owner');
    expect((await call(owner, 'POST', `/admins/${second.id}/deactivate`)).statusCode).toBe(204);
    expect((await call(owner, 'DELETE', `/admins/${owner.id}`)).statusCode, 'the other cannot sign in').toBe(
      409,
    );
  });
});
