import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adminPaths, problemSchema } from '../../domain/wire/admin.ts';
import { protocolVersion, syncProtocol } from '../../domain/wire/protocol.ts';
import { quarantinePath, quarantineResponseSchema } from '../../domain/wire/quarantine.ts';
import { signedInAdmin } from '../admins/testing.ts';
import { createTestPortal, testIntent } from '../decisions/testing.ts';
import { createQuarantine } from '../quarantine/store.ts';
import { startTestServer, TestDesk, type TestServer } from './testing.ts';

let server: TestServer;
const desks: TestDesk[] = [];

beforeAll(async () => {
  server = await startTestServer({
    limits: {
      perDevice: 2,
      total: 5,
      frames: { burst: 10, perSecond: 1 },
      presence: { burst: 3, perSecond: 1 },
    },
  });
});

afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
});

afterAll(() => server.close());

async function connected(headers: Record<string, string>): Promise<TestDesk> {
  const desk = await TestDesk.connect(server.url, headers);
  desks.push(desk);
  return desk;
}

const spoken = `sec-websocket-protocol: ${syncProtocol}`;
const damaged = (number: number): Uint8Array => Uint8Array.of(number, 2, 3, 4, 5, 6, 7, 8, 9);

describe('the sockets of a server', () => {
  it('of one device are only so many: the newest stay', async () => {
    const { headers } = await signedInAdmin(server.deps);
    const [first, second, third] = [
      await connected(headers),
      await connected(headers),
      await connected(headers),
    ];
    expect(await first.ended()).toBe('connection_replaced');
    expect([second.goodbye, third.goodbye]).toEqual([null, null]);
  });

  it('are only so many in all: who comes then is told when to come back', async () => {
    for (let count = 0; count < 5; count++) await connected((await signedInAdmin(server.deps)).headers);
    const { token } = await signedInAdmin(server.deps);
    const { status, code, retryAfter } = await upgrade([`authorization: Bearer ${token}`, spoken]);
    expect({ status, code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });

  it('are no more where everybody comes at the same moment', async () => {
    const admins = await Promise.all(Array.from({ length: 12 }, () => signedInAdmin(server.deps)));
    const coming = await Promise.allSettled(admins.map(({ headers }) => connected(headers)));
    expect(coming.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('end where a device sends too fast, and what it had sent before is decided', async () => {
    const admin = await signedInAdmin(server.deps);
    const { requests } = await createTestPortal(server.deps.commit, 30);
    const desk = await connected(admin.headers);
    const intents = requests.map(({ developer: { id } }) =>
      testIntent(admin.device, 'approve', { kind: 'developer', id }),
    );
    for (const intent of intents) desk.decide(intent);
    expect(await desk.ended()).toBe('rate_limited');
    const rows = await server.deps.db
      .selectFrom('intentOutcomes')
      .select('outcome')
      .where('device', '=', admin.device)
      .execute();
    expect(rows.length).toBeLessThan(intents.length);
    expect(rows.every(({ outcome }) => outcome.kind === 'applied')).toBe(true);
  });

  it('let presence go that comes too fast, and hold nobody up', async () => {
    const [first, second] = [await signedInAdmin(server.deps), await signedInAdmin(server.deps)];
    const [from, to] = [await connected(first.headers), await connected(second.headers)];
    for (let number = 0; number < 6; number++) {
      from.send({ kind: 'awareness', document: 'presence', payload: Uint8Array.of(number) });
    }
    await to.until(() => to.presence.length === 3);
    const { requests } = await createTestPortal(server.deps.commit, 1);
    await to.until(() =>
      to.frames.some(({ items }) =>
        items.some((item) => item.k === 'row' && item.id === requests[0]?.developer.id),
      ),
    );
    expect(to.presence.map(({ payload }) => payload[0])).toEqual([0, 1, 2]);
    expect(from.goodbye).toBeNull();
  });
});

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | undefined;
}

/** What an upgrade with these header lines is answered; `behind` follows it without waiting. */
async function upgrade(
  lines: readonly string[],
  behind = Buffer.alloc(0),
  host = 'localhost:8080',
): Promise<Refusal> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const head = [
    `GET ${adminPaths.sync} HTTP/1.1`,
    `host: ${host}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...lines,
  ];
  socket.on('error', () => undefined);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  if (behind.length > 0) socket.write(behind);
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString()));
  await new Promise((resolve) => socket.once('close', resolve));
  const body = text.slice(text.indexOf('{'));
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]),
    code: body.startsWith('{') ? problemSchema.parse(JSON.parse(body)).code : '',
    retryAfter: /\r\nretry-after: (\d+)/i.exec(text)?.[1],
  };
}

describe('an upgrade', () => {
  it('is refused by a code before anything that follows it is looked at', async () => {
    const { token, device } = await signedInAdmin(server.deps);
    const good = `authorization: Bearer ${token}`;
    expect(await upgrade([])).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(await upgrade(['authorization: Bearer gha_wrong'])).toMatchObject({ status: 401 });
    for (const origin of ['https://evil.example', 'null', 'http://localhost:8080.evil.example']) {
      expect(await upgrade([good, `origin: ${origin}`])).toMatchObject({
        status: 403,
        code: 'origin_refused',
      });
    }
    expect(await upgrade([good, 'sec-fetch-site: cross-site'])).toMatchObject({ code: 'origin_refused' });
    // A page whose own name leads here.
    const rebound = await upgrade([good, 'origin: http://evil.example'], Buffer.alloc(0), 'evil.example');
    expect(rebound).toMatchObject({ status: 403, code: 'origin_refused' });
    await server.deps.pool.query('update devices set revoked_at = now() where id = $1', [device]);
    expect(await upgrade([good, spoken])).toMatchObject({ status: 403, code: 'device_revoked' });
  });

  it('by a desk that speaks another version is refused with which of the two is older', async () => {
    const { token } = await signedInAdmin(server.deps);
    const good = `authorization: Bearer ${token}`;
    const offer = (version: number) => `sec-websocket-protocol: gatehouse.sync.v${version}`;
    const older = { status: 426, code: 'desk_outdated' };
    expect(await upgrade([good])).toMatchObject(older);
    expect(await upgrade([good, offer(protocolVersion - 1)])).toMatchObject(older);
    expect(await upgrade([good, offer(protocolVersion + 1)])).toMatchObject({
      status: 426,
      code: 'server_outdated',
    });
  });

  it('that is followed by frames without waiting brings none of them in', async () => {
    const kept = async () => (await server.deps.db.selectFrom('quarantine').selectAll().execute()).length;
    const before = await kept();
    const { status } = await upgrade([], Buffer.alloc(2_000_000, 0x82));
    // The answer may be lost under what nobody reads.
    expect([401, NaN]).toContain(status);
    expect(await kept()).toBe(before);
  });
});

describe('what was refused', () => {
  async function listed(headers: Record<string, string>) {
    const response = await fetch(`${server.url}${quarantinePath}`, { headers });
    return { status: response.status, body: await response.json() };
  }

  it('is kept for owners: who, why, how large, its digest and first bytes; repeats are counted', async () => {
    const owner = await signedInAdmin(server.deps);
    const viewer = await signedInAdmin(server.deps, 'viewer');
    for (let times = 0; times < 3; times++) {
      const desk = await connected(viewer.headers);
      desk.sendBytes(new Uint8Array(5_000).fill(7));
      expect(await desk.ended()).toBe('frame_damaged');
    }
    const mine = async () => {
      const { entries, devices } = quarantineResponseSchema.parse((await listed(owner.headers)).body);
      return {
        entries: entries.filter(({ device }) => device === viewer.device),
        times: devices.find(({ device }) => device === viewer.device)?.times,
      };
    };
    await expect.poll(async () => (await mine()).times).toBe(3);
    const { entries } = await mine();
    expect(entries).toMatchObject([
      { admin: viewer.id, code: 'frame_damaged', bytes: 5_000, times: 3, document: null },
    ]);
    expect(Buffer.from(entries[0]?.head ?? '', 'base64')).toEqual(Buffer.alloc(256, 7));
    expect(entries[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await listed(viewer.headers)).status).toBe(403);
    expect((await listed({})).status).toBe(401);
  });

  it('is kept also where the document’s name is one that no database keeps', async () => {
    const owner = await signedInAdmin(server.deps);
    const hostile = await signedInAdmin(server.deps, 'viewer');
    const desk = await connected(hostile.headers);
    desk.send({ kind: 'sync', document: 'x\u0000y', payload: new Uint8Array([1, 2, 3]) });
    expect(await desk.ended()).toBe('document_refused');
    const mine = async () =>
      quarantineResponseSchema
        .parse((await listed(owner.headers)).body)
        .entries.filter(({ device }) => device === hostile.device);
    await expect.poll(mine).toMatchObject([{ code: 'document_refused', document: 'xy', times: 1 }]);
  });

  it('of one device never takes more than its place, however much it sends', async () => {
    const owner = await signedInAdmin(server.deps);
    const hostile = await signedInAdmin(server.deps);
    const quarantine = createQuarantine(server.deps);
    const { id: adminId, device } = hostile;
    for (let number = 0; number < 30; number++) {
      quarantine.keep({ device, adminId, code: 'frame_damaged', frame: damaged(number), document: null });
    }
    await quarantine.settled();
    const count = async () => {
      const { entries } = quarantineResponseSchema.parse((await listed(owner.headers)).body);
      return entries.filter(({ device }) => device === hostile.device).length;
    };
    expect(await count()).toBe(20);
  });
});
