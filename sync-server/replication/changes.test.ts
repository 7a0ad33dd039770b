import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changesPageSchema, maxFrameItems, type Frame } from '../../domain/wire/frames.ts';
import { signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createTestPortal } from '../decisions/testing.ts';
import { createHttp } from '../http/server.ts';
import { changesRoute } from './changes.ts';

let test: TestDeps;
let app: FastifyInstance;
let admin: TestAdmin;

beforeAll(async () => {
  test = await createTestDeps();
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(changesRoute({ ...test.deps, reached: { note: () => undefined } }));
  admin = await signedInAdmin(test.deps);
  await createTestPortal(test.deps.commit, 1_300);
});

afterAll(async () => {
  await app.close();
  await test.close();
});

function get(query: Record<string, string>, headers: Record<string, string> = {}) {
  return app.inject({ url: '/api/admin/v1/changes', query, headers: { ...admin.headers, ...headers } });
}

describe('catching up', () => {
  it('goes through five thousand changes page by page, and every frame joins on to the one before', async () => {
    const head = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    expect(head.seq).toBeGreaterThan(5_000);
    // What is no row and no outcome is for the audit alone.
    const logged = await test.deps.db
      .selectFrom('changeLog')
      .select('seq')
      .where('kind', '!=', 'event')
      .orderBy('seq')
      .execute();
    const shown = logged.map(({ seq }) => seq);
    const frames: Frame[] = [];
    let pages = 0;
    let more = true;
    while (more) {
      const after = `1:${frames.at(-1)?.to ?? 0}`;
      const page = changesPageSchema.parse((await get({ after, limit: '10' })).json());
      expect(page.frames.length).toBeLessThanOrEqual(10);
      frames.push(...page.frames);
      more = page.more;
      pages += 1;
    }
    expect(pages).toBeGreaterThan(1);
    let at = 0;
    for (const { prev, to, items } of frames) {
      expect(prev).toBe(at);
      expect(items.length).toBeLessThanOrEqual(maxFrameItems);
      expect(items.map(({ seq }) => seq)).toEqual(shown.filter((seq) => seq > prev && seq <= to));
      at = to;
    }
    expect(at).toBe(head.seq);
    expect((await get({ after: `1:${head.seq}` })).json()).toEqual({ frames: [], more: false });
  });

  it('is compressed for whoever takes it', async () => {
    const plain = await get({ after: '1:0', limit: '5' });
    const gzip = await get({ after: '1:0', limit: '5' }, { 'accept-encoding': 'gzip' });
    const brotli = await get({ after: '1:0', limit: '5' }, { 'accept-encoding': 'gzip, br' });
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(plain.body);
    expect(gzip.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
  });

  it('leaves out what was erased and goes on', async () => {
    const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    await test.deps.db
      .updateTable('changeLog')
      .set({ payload: null, salt: null })
      .where('seq', '=', seq)
      .execute();
    const page = changesPageSchema.parse((await get({ after: `1:${seq - 2}` })).json());
    expect(page.frames).toMatchObject([{ prev: seq - 2, to: seq, items: [{ seq: seq - 1 }] }]);
  });

  it.each([
    ['2:0', 410, 'cursor_ahead'],
    ['1:99999999', 410, 'cursor_ahead'],
    ['1:-1', 400, 'invalid_input'],
    ['yesterday', 400, 'invalid_input'],
  ])('after %s is refused', async (after, status, code) => {
    expect((await get({ after })).json()).toMatchObject({ status, code });
  });

  it('sends whoever is behind the end of the log to a snapshot', async () => {
    await test.deps.db.deleteFrom('changeLog').where('seq', '<=', 10).execute();
    expect((await get({ after: '1:9' })).json()).toMatchObject({ status: 410, code: 'cursor_gone' });
    expect((await get({ after: '1:10', limit: '1' })).statusCode).toBe(200);
  });

  it('is for admins', async () => {
    const answer = await app.inject({ url: '/api/admin/v1/changes', query: { after: '1:0' } });
    expect(answer.json()).toMatchObject({ status: 401, code: 'unauthenticated' });
  });
});
