import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditPageSchema, type AuditItem } from '../../domain/wire/audit.ts';
import { signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { withOrigin } from '../changelog/origin.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createTestPortal, type TestPortal } from '../decisions/testing.ts';
import { createHttp } from '../http/server.ts';
import { exportNdjson } from './export.ts';
import { readItems } from './items.ts';
import { rememberNames } from './names.ts';
import { auditRoutes } from './routes.ts';
import { searchPage } from './search.ts';
import { verifyLines } from './verify-sources.ts';

let test: TestDeps;
let app: FastifyInstance;
let owner: TestAdmin;
let portal: TestPortal;

beforeAll(async () => {
  test = await createTestDeps({ projections: [rememberNames] });
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(auditRoutes(test.deps));
  owner = await signedInAdmin(test.deps, 'owner');
  portal = await createTestPortal(test.deps.commit, 30);
});

afterAll(async () => {
  await app.close();
  await test.close();
});

async function list(query: Record<string, string>) {
  const answer = await app.inject({ url: '/api/admin/v1/audit', query, headers: owner.headers });
  expect(answer.statusCode, answer.body).toBe(200);
  return auditPageSchema.parse(answer.json());
}

function requestOf(number: number) {
  const found = portal.requests[number];
  if (!found) throw new Error('no such request');
  return found;
}

describe('the audit', () => {
  it('tells who changed what into what, when it was decided and committed, and from where', async () => {
    const { developer } = requestOf(0);
    const batch = crypto.randomUUID();
    const decided = {
      state: 'approved',
      revision: 2,
      decidedRevision: 2,
      decidedBy: `admin:${owner.id}`,
      decidedAt: '2026-02-03T04:05:06.789Z',
      decidedAction: 'approve',
    } as const;
    await withOrigin({ address: '192.0.2.9', requestId: 'r-1' }, () =>
      test.deps.commit((change) =>
        change.put('developer', [{ ...developer, ...decided }], {
          actor: `admin:${owner.id}`,
          batch,
          decidedAt: '2026-02-03T04:05:06.789Z',
        }),
      ),
    );
    const { items } = await list({ batch });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      actor: `admin:${owner.id}`,
      address: '192.0.2.9',
      requestId: 'r-1',
      decidedAt: '2026-02-03T04:05:06.789Z',
      action: 'approve',
      entity: 'developer',
      name: developer.name,
      batch,
    });
    expect(items[0]?.actorName).toBeTruthy();
    expect(items[0]?.changes).toContainEqual({ field: 'state', before: 'pending', after: 'approved' });
    expect(items[0]?.changes.map(({ field }) => field)).not.toContain('name');
  });

  it('goes through everything page by page, newest first, each entry once', async () => {
    const seen: AuditItem[] = [];
    let before: number | null = null;
    do {
      const page = await list({ limit: '7', ...(before === null ? {} : { before: String(before) }) });
      seen.push(...page.items);
      before = page.next;
    } while (before !== null);
    const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    expect(seen.map((item) => item.seq)).toEqual(Array.from({ length: seq }, (_, index) => seq - index));
  });

  it('goes on from where an answer stopped looking, also where it found nothing', async () => {
    const { db } = test.deps;
    const { seq: head } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    const filters = [
      { entity: 'developer' },
      { entity: 'credential', action: 'nothing' },
      { portalId: portal.portal.id, action: 'created', fromSeq: 9, toSeq: head - 5 },
    ];
    for (const filter of filters) {
      const all = (await readItems(db, filter, { limit: head })).map(({ seq }) => seq);
      const found: number[] = [];
      const places: number[] = [];
      for (let before: number | undefined; places.at(-1) !== 0;) {
        const look = { patience: 0, stretch: 7 };
        const { items, next } = await searchPage(db, filter, { before, limit: 3 }, look);
        expect(items.length).toBeLessThanOrEqual(3);
        found.push(...items.map(({ seq }) => seq));
        places.push(next ?? 0);
        before = next ?? undefined;
      }
      expect(found).toEqual(all);
      // Every answer gets further, and none looks at more than its stretch.
      const steps = places.slice(1, -1).map((place, index) => (places[index] ?? 0) - place);
      expect(steps.every((step) => step > 0 && step <= 7)).toBe(true);
      expect(places.length).toBeGreaterThan(head / 10);
    }
    // With time enough one answer goes through all of it.
    const patient = { patience: 60_000, stretch: 7 };
    const { items, next } = await searchPage(db, { action: 'nothing' }, { limit: 3 }, patient);
    expect([items, next]).toEqual([[], null]);
  });

  it('finds things by the beginning of any name they have ever had', async () => {
    const { application } = requestOf(1);
    const renamed = { ...application, name: 'Zeppelin tracker', revision: 2, contentRevision: 2 };
    await test.deps.commit(async (change) => {
      await change.put('application', [renamed], { actor: 'developer:x' });
      await change.drop('application', [renamed], { actor: 'developer:x' });
    });
    for (const search of ['zepp', 'TRACK zeppelin', 'app 1']) {
      const { items } = await list({ search });
      const found = items.filter(({ entityId }) => entityId === application.id);
      expect(
        found.map(({ action }) => action),
        search,
      ).toEqual(['deleted', 'changed', 'created']);
    }
    expect((await list({ search: 'nothing-like-that' })).items).toEqual([]);
  });

  it('takes what is given together, and times to the millisecond', async () => {
    const [first] = (await list({ entity: 'developer', action: 'created', limit: '1' })).items;
    if (!first) throw new Error('nothing was created');
    const at = first.committedAt;
    const inside = await list({ from: at, to: at, entity: 'developer', portalId: portal.portal.id });
    expect(inside.items.map(({ committedAt }) => committedAt)).toContain(at);
    const later = new Date(Date.parse(at) + 1).toISOString();
    const outside = await list({ from: later, entity: 'developer', action: 'created' });
    expect(outside.items).toEqual([]);
    const byAddress = await list({ actor: 'nobody@example.com' });
    expect(byAddress.items).toEqual([]);
  });

  it('takes the ends of the calendar for what they are: before, or after, everything', async () => {
    const all = (await list({ limit: '200' })).items.length;
    for (const from of ['0000-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z']) {
      expect((await list({ from, limit: '200' })).items).toHaveLength(all);
      expect((await list({ to: from })).items).toEqual([]);
    }
    const to = '9999-12-31T23:59:59.999Z';
    expect((await list({ to, limit: '200' })).items).toHaveLength(all);
    expect((await list({ from: to })).items).toEqual([]);
  });

  it.each(['viewer', 'reviewer'] as const)('is not for a %s', async (role) => {
    const other = await signedInAdmin(test.deps, role);
    for (const url of ['/api/admin/v1/audit', '/api/admin/v1/audit/export?format=csv']) {
      expect((await app.inject({ url, headers: other.headers })).statusCode).toBe(403);
      expect((await app.inject({ url })).statusCode).toBe(401);
    }
  });
});

describe('an export', () => {
  function get(query: Record<string, string>) {
    return app.inject({ url: '/api/admin/v1/audit/export', query, headers: owner.headers });
  }

  it('is itself in the audit, by whom and of what', async () => {
    const answer = await get({ format: 'ndjson', entity: 'developer' });
    expect(answer.statusCode).toBe(200);
    const { items } = await list({ action: 'audit.exported', limit: '1' });
    expect(items).toMatchObject([
      { actor: `admin:${owner.id}`, details: { format: 'ndjson', filter: { entity: 'developer' } } },
    ]);
  });

  it('of what nothing can be called is refused, and nobody is said to have exported it', async () => {
    const { committedAt } = (await list({ limit: '1' })).items[0] ?? {};
    for (const wrong of [{ actor: '\u0000' }, { entity: 'x\u0000' }, { search: 'a\u0000b' }]) {
      const answer = await get({ format: 'csv', ...wrong });
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid_input']);
    }
    expect((await list({ limit: '1' })).items).toMatchObject([{ committedAt }]);
  });

  it('verifies also where somebody is erased while it is made', async () => {
    const { commit, db } = test.deps;
    const many = await createTestPortal(commit, 400);
    const { id } = many.requests.at(-1)?.credential ?? { id: '' };
    const { seq: to } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    const pieces = exportNdjson(db, { filter: {}, to, now: '' });
    let text = String((await pieces.next()).value) + String((await pieces.next()).value);
    await commit(async (change) => {
      const erased = await change.db
        .updateTable('changeLog')
        .set({ payload: null, salt: null })
        .where('entityId', '=', id)
        .returning('seq')
        .execute();
      await change.db.insertInto('erasures').values({ seq: to, developerId: id, at: change.now }).execute();
      change.event({
        name: 'developer.erased',
        subject: { entity: 'developer', id },
        details: { payloads: erased.map(({ seq }) => seq), contexts: [] },
        cause: { actor: 'system' },
      });
    });
    for await (const piece of pieces) text += piece;
    const report = await verifyLines(text.trimEnd().split('\n'), [], {});
    expect(report).toMatchObject({ breaks: [], to: to + 1, erased: 1 });
  });

  it('as CSV has a line for each entry, and no cell that a spreadsheet would calculate', async () => {
    const name = '=HYPERLINK("http://evil.example","open")';
    const { application } = requestOf(2);
    await test.deps.commit((change) =>
      change.put('application', [{ ...application, name, revision: 2 }], { actor: 'developer:x' }),
    );
    const answer = await get({ format: 'csv', entityId: application.id });
    const lines = answer.body.trimEnd().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain(`"'=HYPERLINK(""http://evil.example"",""open"")"`);
    expect(answer.body).not.toMatch(/(^|,)"?[=+@-]/m);
  });
});
