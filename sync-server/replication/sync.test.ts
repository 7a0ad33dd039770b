import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeMessage, intentsDocument, listName } from '../../domain/wire/sync.ts';
import { encodeSync } from '../../domain/wire/y-sync.ts';
import { signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { createTestPortal, testIntent } from '../decisions/testing.ts';
import { readHead } from './frames.ts';
import { startTestServer, TestDesk, type TestServer } from './testing.ts';

let server: TestServer;
let dana: TestAdmin;
let erik: TestAdmin;
const desks: TestDesk[] = [];

beforeAll(async () => {
  server = await startTestServer();
  dana = await signedInAdmin(server.deps);
  erik = await signedInAdmin(server.deps);
});

afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
});

afterAll(() => server.close());

async function connect(admin: TestAdmin, headers: Record<string, string> = {}): Promise<TestDesk> {
  const desk = await TestDesk.connect(server.url, { ...admin.headers, ...headers });
  desks.push(desk);
  return desk;
}

async function developers(count: number) {
  const { requests } = await createTestPortal(server.deps.commit, count);
  return requests.map(({ developer }) => developer);
}

describe('the sync socket', () => {
  it('lets in whom the token names, with a device, from no foreign page', async () => {
    const refusals: [headers: Record<string, string>, status: number][] = [
      [{}, 401],
      [{ authorization: 'Bearer gha_nothing' }, 401],
      [{ ...dana.headers, origin: 'https://evil.example' }, 403],
    ];
    for (const [headers, status] of refusals) {
      await expect(TestDesk.connect(server.url, headers)).rejects.toThrow(`refused with ${status}`);
    }
    const { welcome } = await connect(dana, { origin: 'http://localhost:8080' });
    expect(welcome).toMatchObject({
      scope: 'all',
      epoch: 1,
      feed: `feed/all/${welcome.instance}`,
      intents: `intents/${dana.device}`,
    });
  });

  it('carries an intent in, and its row and outcome out to both devices, in frames that join on', async () => {
    const [developer] = await developers(1);
    const [first, second] = [await connect(dana), await connect(erik)];
    const intent = testIntent(dana.device, 'approve', { kind: 'developer', id: developer?.id ?? '' });
    const before = await readHead(server.deps.db);
    first.decide(intent);
    for (const desk of [first, second]) {
      await desk.until(() => desk.outcomes().length > 0);
      expect(desk.outcomes()).toMatchObject([{ intent: intent.id, kind: 'applied' }]);
      // The feed may be behind at first: what it tells of before the decision is not looked at here.
      const items = desk.frames.flatMap((frame) => frame.items).filter(({ seq }) => seq > before.seq);
      expect(items).toMatchObject([
        { k: 'row', entity: 'developer', row: { state: 'approved' }, actor: `admin:${dana.id}` },
        { k: 'outcome', device: dana.device, batch: intent.batch },
      ]);
      let at = desk.frames[0]?.prev;
      for (const frame of desk.frames) {
        expect(frame.prev).toBe(at);
        at = frame.to;
      }
    }
    expect(first.frames[0]?.prev).toBe(first.welcome.seq);
  });

  it('answers what is sent again after a reconnect by what was decided, once', async () => {
    const [developer] = await developers(1);
    const intent = testIntent(dana.device, 'approve', { kind: 'developer', id: developer?.id ?? '' });
    const first = await connect(dana);
    first.decide(intent);
    await first.until(() => first.outcomes().length === 1);
    await first.close();

    const second = await connect(dana);
    const another = testIntent(dana.device, 'revoke', { kind: 'developer', id: developer?.id ?? '' });
    second.decide(intent, another);
    await second.until(() => second.outcomes().length > 0);
    expect(second.outcomes()).toMatchObject([{ intent: another.id, kind: 'applied' }]);
  });

  it('refuses the one decision whose reason cannot be kept, and decides those beside it', async () => {
    const [one, two, three, four] = await developers(4);
    const reject = (of: typeof one, reason: string) =>
      testIntent(dana.device, 'reject', { kind: 'developer', id: of?.id ?? '' }, { reason });
    const first = await connect(dana);
    const intents = [
      reject(one, 'good'),
      reject(two, 'pasted \u0000 text'),
      reject(three, 'half \ud800 pair'),
      reject(four, 'good too'),
    ];
    const settled = [
      ['applied', null],
      ['refused', 'invalid_input'],
      ['refused', 'invalid_input'],
      ['applied', null],
    ];
    first.decide(...intents);
    await first.until(() => first.outcomes().length === intents.length);
    expect(first.outcomes().map(({ kind, code }) => [kind, code])).toEqual(settled);
    expect(first.goodbye).toBeNull();

    // The same over HTTP, where the answers are those of before.
    const response = await fetch(`${server.url}/api/admin/v1/decisions`, {
      method: 'POST',
      headers: { ...dana.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ intents }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ outcomes: first.outcomes() });
    const { rows } = await server.deps.pool.query<{ text: string }>(
      `select convert_from(coalesce(payload, '') || coalesce(context, ''), 'UTF8') as text
       from change_log where intent = any($1)`,
      [intents.map(({ id }) => id)],
    );
    expect(rows.length).toBeGreaterThanOrEqual(intents.length);
    for (const { text } of rows) expect(text).not.toMatch(/pasted|half/);
  });

  it('decides a thousand in slices, in order', async () => {
    const all = await developers(1_500);
    const desk = await connect(dana);
    const intents = all.map(({ id }) => testIntent(dana.device, 'approve', { kind: 'developer', id }));
    for (let from = 0; from < intents.length; from += 250) desk.decide(...intents.slice(from, from + 250));
    await desk.until(() => desk.outcomes().length === intents.length);
    expect(desk.outcomes().map(({ intent }) => intent)).toEqual(intents.map(({ id }) => id));
    expect(desk.outcomes().every(({ kind }) => kind === 'applied')).toBe(true);
  }, 120_000);

  it('shows what others commit', async () => {
    const desk = await connect(dana);
    const [developer] = await developers(1);
    await desk.until(() =>
      desk.frames.some(({ items }) => items.some((item) => item.k === 'row' && item.id === developer?.id)),
    );
  });

  it('passes presence on to the others and keeps nothing of it', async () => {
    const [first, second] = [await connect(dana), await connect(erik)];
    const payload = Uint8Array.from([1, 2, 3]);
    first.send({ kind: 'awareness', document: 'presence', payload });
    await second.until(() => second.presence.length > 0);
    expect([...(second.presence[0]?.payload ?? [])]).toEqual([1, 2, 3]);
    expect(first.presence).toEqual([]);
  });
});

describe('a hostile device', () => {
  function update(change: (doc: Y.Doc) => void): Uint8Array {
    const doc = new Y.Doc();
    change(doc);
    return Y.encodeStateAsUpdate(doc);
  }
  const forgedFrame = JSON.stringify({ epoch: 1, prev: 0, to: 1_000_000, items: [] });
  const forgery = update((doc) => doc.getArray(listName).push([forgedFrame]));
  const sync = (document: string, kind: 'step2' | 'update', bytes: Uint8Array): Uint8Array =>
    encodeMessage({ kind: 'sync', document, payload: encodeSync({ kind, bytes }) });
  const own = (bytes: Uint8Array): Uint8Array => sync(intentsDocument(dana.device), 'update', bytes);
  const flipped = (bytes: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
    return copy;
  };
  const withoutPredecessor = (): Uint8Array => {
    const doc = new Y.Doc();
    doc.getArray(listName).push(['1']);
    const seen = Y.encodeStateVector(doc);
    doc.getArray(listName).push(['2']);
    return Y.encodeStateAsUpdate(doc, seen);
  };

  const table: [what: string, bytes: (desk: TestDesk) => Uint8Array | string, code: string][] = [
    ['writes the feed', (desk) => sync(desk.welcome.feed, 'update', forgery), 'document_refused'],
    ['answers the feed', (desk) => sync(desk.welcome.feed, 'step2', forgery), 'document_refused'],
    [
      'writes the intents of another device',
      () => sync(intentsDocument(erik.device), 'update', forgery),
      'document_refused',
    ],
    ['writes a document of its own making', () => sync('anything', 'update', forgery), 'document_refused'],
    [
      'is present elsewhere',
      () => encodeMessage({ kind: 'awareness', document: 'x', payload: Uint8Array.of(1) }),
      'document_refused',
    ],
    ['speaks text', () => 'hello', 'frame_damaged'],
    ['sends a damaged frame', () => flipped(own(forgery)), 'frame_damaged'],
    [
      'sends a control message',
      () => encodeMessage({ kind: 'control', document: '', payload: Buffer.from('{}') }),
      'frame_damaged',
    ],
    ['sends an update without its predecessor', () => own(withoutPredecessor()), 'frame_damaged'],
    ['sends no update', () => own(Uint8Array.of(9, 9, 9)), 'frame_damaged'],
    ['adds another list', () => own(update((doc) => doc.getArray('other').push(['x']))), 'document_refused'],
    [
      'sends what is no text',
      () => own(update((doc) => doc.getArray(listName).push([{ a: 1 }]))),
      'invalid_input',
    ],
    [
      'sends what is no JSON',
      () => own(update((doc) => doc.getArray(listName).push(['{']))),
      'frame_damaged',
    ],
    [
      'sends an intent with more in it',
      () =>
        own(
          update((doc) =>
            doc.getArray(listName).push([
              JSON.stringify({
                ...testIntent(dana.device, 'approve', { kind: 'developer', id: crypto.randomUUID() }),
                actor: 'admin:somebody else',
              }),
            ]),
          ),
        ),
      'invalid_input',
    ],
  ];

  it.each(table)('that %s is sent away, and nothing changes', async (_what, bytes, code) => {
    const witness = await connect(erik);
    const before = await server.deps.db.selectFrom('logHead').selectAll().executeTakeFirstOrThrow();
    const desk = await connect(dana);
    desk.sendBytes(bytes(desk));
    expect(await desk.ended()).toBe(code);
    expect(await server.deps.db.selectFrom('logHead').selectAll().executeTakeFirstOrThrow()).toEqual(before);
    // The tail goes on where it was, for those who were there and for those who come.
    const [developer] = await developers(1);
    const late = await connect(erik);
    const intent = testIntent(erik.device, 'approve', { kind: 'developer', id: developer?.id ?? '' });
    witness.decide(intent);
    for (const other of [witness, late]) {
      await other.until(() => other.outcomes().some(({ intent: id }) => id === intent.id));
    }
    expect(witness.frames[0]?.prev).toBe(before.seq);
    expect(witness.frames.every(({ to }) => to < 1_000_000)).toBe(true);
  });

  it.each([
    ['more than fits a message', 1024 * 1024 + 1, 1024 * 1024 + 1, 256],
    ['far more', 16 * 1024 * 1024, 2 * 1024 * 1024 + 1, 0],
  ])('that sends %s is told so, and what it sent is kept by name', async (_what, size, kept, head) => {
    const admin = await signedInAdmin(server.deps);
    const desk = await connect(admin);
    const closed = once(desk.socket, 'close');
    desk.sendBytes(new Uint8Array(size).fill(7));
    expect(await desk.ended()).toBe('frame_too_large');
    expect((await closed).map(String)).toEqual(['1008', 'frame_too_large']);
    await expect
      .poll(() =>
        server.deps.db.selectFrom('quarantine').selectAll().where('device', '=', admin.device).execute(),
      )
      .toMatchObject([{ adminId: admin.id, code: 'frame_too_large', bytes: kept, times: 1 }]);
    const [entry] = await server.deps.db
      .selectFrom('quarantine')
      .select('head')
      .where('device', '=', admin.device)
      .execute();
    expect(entry?.head).toEqual(Buffer.alloc(head, 7));
    expect((await connect(admin)).welcome.scope).toBe('all');
  });

  it('that was removed is sent away at its next decision', async () => {
    const admin = await signedInAdmin(server.deps);
    const desk = await connect(admin);
    await server.deps.db
      .updateTable('devices')
      .set({ revokedAt: new Date().toISOString() })
      .where('id', '=', admin.device)
      .execute();
    desk.decide(testIntent(admin.device, 'approve', { kind: 'developer', id: crypto.randomUUID() }));
    expect(await desk.ended()).toBe('device_revoked');
    await expect(TestDesk.connect(server.url, admin.headers)).rejects.toThrow('refused with 403');
  });
});
