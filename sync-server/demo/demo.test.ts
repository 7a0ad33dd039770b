import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../domain/entities.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { projectGateways } from '../gateways/projection.ts';
import { fillDemo, type DemoResult } from './fill.ts';
import { draw, type Scene } from './people.ts';
import { startUpstream } from './upstream.ts';

const uuid = (digit: number): string => `00000000-0000-7000-8000-00000000000${digit}`;
const offer = (digit: number) => ({ publicationId: uuid(digit), versionId: uuid(digit) });
const scene: Scene = {
  seed: 'a',
  admins: ['ines', 'tomas'],
  now: Date.UTC(2026, 5, 1),
  targets: [
    { portal: 'demo', portalId: uuid(1), strategyId: uuid(1), offers: [offer(1), offer(2)] },
    { portal: 'staging', portalId: uuid(2), strategyId: uuid(2), offers: [offer(3)] },
  ],
};
const people = Array.from({ length: 3_000 }, (_, number) => draw(scene, number));

describe('drawn people', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(people.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, number) => draw(scene, number)));
    expect(draw({ ...scene, seed: 'b' }, 0).developer.id).not.toBe(people[0]?.developer.id);
  });

  it('have addresses in domains for examples, and nobody shares one', () => {
    const addresses = people.map(({ developer }) => developer.email);
    expect(new Set(addresses).size).toBe(people.length);
    expect(
      addresses.filter((address) => !/^[a-z0-9.]+@[a-z-]+\.example(\.(com|net|org))?$/.test(address)),
    ).toEqual([]);
  });

  it('wait mostly, and what is decided has who, when and, where it is a no, why', () => {
    const rows: Row<'registration'>[] = people.flatMap(({ registrations }) => registrations);
    const share = rows.filter(({ state }) => state === 'pending').length / rows.length;
    expect(share).toBeGreaterThan(0.5);
    for (const { state, decidedBy, decidedAt, reason, revision, decidedRevision, createdAt } of rows) {
      const decided = state !== 'pending' && state !== 'withdrawn';
      expect(decidedBy !== null).toBe(decided);
      expect(decidedRevision).toBe(decided ? revision : 0);
      expect(reason !== null).toBe(state === 'rejected' || state === 'revoked');
      if (decidedAt !== null) expect(decidedAt > createdAt).toBe(true);
      expect((decidedAt ?? createdAt) < new Date(scene.now).toISOString()).toBe(true);
    }
  });

  it('ask for versions of one strategy per application, each once', () => {
    for (const { applications, registrations } of people) {
      for (const { id, portalId } of applications) {
        const mine = registrations.filter(({ applicationId }) => applicationId === id);
        expect(new Set(mine.map(({ versionId }) => versionId)).size).toBe(mine.length);
        expect(mine.every((registration) => registration.portalId === portalId)).toBe(true);
      }
    }
  });
});

describe('the demo', () => {
  let test: TestDeps;
  let first: DemoResult;

  beforeAll(async () => {
    test = await createTestDeps({ projections: [projectGateways] });
    first = await fillDemo(test.deps, { registrations: 120, seed: '1' });
  });
  afterAll(() => test.close());

  it('opens the Mock API at the gateway for the demo developer’s key, and nothing by the made-up keys', async () => {
    const { db } = test.deps;
    const held = await db.selectFrom('gatewayServices').select('record').execute();
    expect(held.map(({ record }) => record).join()).toContain('"path":"/mock"');
    const open = await db
      .selectFrom('gatewayConnections as c')
      .innerJoin('applications as a', 'a.id', 'c.applicationId')
      .innerJoin('services as s', 's.id', 'c.serviceId')
      .select('s.path')
      .where('a.referenceId', '=', 'demo-application')
      .execute();
    expect(open).toEqual([{ path: '/mock' }]);
    expect(first.developer.key).not.toBeNull();
  });

  it('shows the demo portal at the server’s own address: it is the first', async () => {
    const portals = await test.deps.db
      .selectFrom('portals')
      .select('name')
      .orderBy('createdAt')
      .orderBy('id')
      .execute();
    expect(portals.map(({ name }) => name)).toEqual(['demo', 'staging', 'production']);
  });

  it('done again changes nothing: no log entry, and what was deleted stays deleted', async () => {
    const { db } = test.deps;
    const before = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    const gone = await db
      .selectFrom('registrations as r')
      .innerJoin('developers as d', 'd.id', 'r.developerId')
      .select(['r.id', 'r.portalId'])
      .where('d.email', '!=', first.developer.email)
      .executeTakeFirstOrThrow();
    await db.deleteFrom('registrations').where('id', '=', gone.id).execute();
    await db
      .insertInto('deletedRecords')
      .values({
        entity: 'registration',
        id: gone.id,
        portalId: gone.portalId,
        emailNormal: null,
        developerId: null,
        versionId: null,
        referenceId: null,
        state: 'pending',
        deletedBy: 'admin:x',
        deletedAt: new Date(test.deps.clock()).toISOString(),
      })
      .execute();
    test.advance(86_400_000);
    const second = await fillDemo(test.deps, { registrations: 120, seed: '1' });
    expect(second).toMatchObject({ portals: 'kept', added: { developers: 0, registrations: 0 } });
    expect(await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow()).toEqual(before);
  });

  it('points its services at another port, keeping their paths', async () => {
    await fillDemo(test.deps, { registrations: 0, seed: '1', upstream: 'http://127.0.0.1:9100' });
    const services = await test.deps.db.selectFrom('services').select('upstream').orderBy('path').execute();
    expect(services.map(({ upstream }) => upstream)).toEqual([
      'http://127.0.0.1:9100/maps',
      'http://127.0.0.1:9100',
      'http://127.0.0.1:9100/weather',
    ]);
  });
});

describe('the demo’s API', () => {
  it('echoes, answers with a wished status, and refuses what is too large', async () => {
    const upstream = await startUpstream(0);
    const { url } = upstream;
    try {
      const echo = await fetch(`${url}/a?b=c`, { method: 'POST', body: '{"d":1}' });
      expect(await echo.json()).toMatchObject({
        method: 'POST',
        path: '/a',
        query: { b: 'c' },
        body: { d: 1 },
      });
      expect((await fetch(`${url}/status/418`)).status).toBe(418);
      expect((await fetch(url, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
    } finally {
      await upstream.close();
    }
  });

  it('says that its port is taken', async () => {
    const upstream = await startUpstream(0);
    const { url } = upstream;
    await expect(startUpstream(Number(new URL(url).port))).rejects.toMatchObject({ code: 'port_taken' });
    await upstream.close();
  });
});
