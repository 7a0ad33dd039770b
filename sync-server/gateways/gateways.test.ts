import { createHash, createPublicKey, verify } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Row } from '../../domain/entities.ts';
import {
  envelopeHeader,
  envelopeSchema,
  lineSchema,
  recordKey,
  signatureHeader,
  type GatewayLine,
} from '../../domain/wire/gateway.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createHttp } from '../http/server.ts';
import { loadServerKey, type ServerKey } from '../signing/key.ts';
import { projectGateways } from './projection.ts';
import { gatewayRoutes } from './routes.ts';
import { createSmallPortal, type SmallPortal } from './testing.ts';
import { createGatewayToken, listGatewayTokens, revokeGatewayTokens } from './tokens.ts';

let test: TestDeps;
let app: FastifyInstance;
let key: ServerKey;
let portal: SmallPortal;
let token: string;
const by = { actor: 'admin:x' };

beforeAll(async () => {
  test = await createTestDeps({ projections: [projectGateways] });
  key = await loadServerKey(test.deps.db, test.deps.sealer, '2026-01-02T03:04:05.678Z');
  app = await createHttp({ log: test.deps.log, tls: false });
  await app.register(gatewayRoutes({ ...test.deps, key }));
  portal = await createSmallPortal(test.deps.commit);
  token = await tokenFor(portal.gateway);
});

afterAll(async () => {
  await app.close();
  await test.close();
});

function tokenFor(gateway: Row<'gateway'>): Promise<string> {
  return createGatewayToken(test.deps, { gateway: gateway.id, fingerprint: key.fingerprint });
}

/** A verified answer: its envelope and lines. */
async function ask(path: string, bearer = token) {
  const response = await app.inject({
    url: `/api/gateway/v1/${path}`,
    headers: { authorization: `Bearer ${bearer}` },
  });
  expect(response.statusCode).toBe(200);
  const bytes = Buffer.from(String(response.headers[envelopeHeader]), 'base64url');
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.publicKey.toString('base64url') },
    format: 'jwk',
  });
  expect(
    verify(null, bytes, publicKey, Buffer.from(String(response.headers[signatureHeader]), 'base64url')),
  ).toBe(true);
  const envelope = envelopeSchema.parse(JSON.parse(String(bytes)));
  expect(envelope.sha256).toBe(createHash('sha256').update(response.rawPayload).digest('hex'));
  const lines = response.body
    .split('\n')
    .filter(Boolean)
    .map((line) => lineSchema.parse(JSON.parse(line)));
  return { envelope, lines, etag: response.headers.etag };
}

/** What a gateway holds that loaded a snapshot and then applied every change. */
function follow(state: Map<string, GatewayLine['record']>, lines: readonly GatewayLine[]): void {
  for (const { op, record } of lines) {
    if (op === 'put') state.set(recordKey(record), record);
    else state.delete(recordKey(record));
  }
}

async function held(bearer = token): Promise<string[]> {
  const { lines } = await ask('snapshot', bearer);
  return lines.map(({ record }) => recordKey(record)).sort();
}

describe('a gateway', () => {
  it('gets its services, live keys and usable connections, signed', async () => {
    const { envelope, lines, etag } = await ask('snapshot');
    expect(envelope).toMatchObject({ gateway: portal.gateway.id, prev: null, epoch: 1 });
    expect(lines.map(({ record }) => record)).toEqual([
      {
        k: 'service',
        id: portal.service.id,
        name: 'weather',
        path: '/weather',
        upstream: null,
        mode: 'enforced',
        maxStaleness: null,
      },
      { k: 'credential', hash: portal.hash, application: portal.application.id, notAfter: null },
      { k: 'connection', application: portal.application.id, service: portal.service.id },
    ]);
    const again = await app.inject({
      url: '/api/gateway/v1/snapshot',
      headers: { authorization: `Bearer ${token}`, 'if-none-match': String(etag) },
    });
    expect(again.statusCode).toBe(304);
  });

  it('hears of everything that closes and opens, and ends with what a new snapshot holds', async () => {
    const { commit, db } = test.deps;
    const state = new Map<string, GatewayLine['record']>();
    const first = await ask('snapshot');
    follow(state, first.lines);
    let cursor = first.envelope.to;
    const credentialKey = `k:${portal.hash}`;
    const connectionKey = `c:${portal.application.id}:${portal.service.id}`;
    const serviceKey = `s:${portal.service.id}`;

    async function step(expected: {
      credential: boolean;
      connection: boolean;
      service: boolean;
    }): Promise<void> {
      const { envelope, lines } = await ask(`changes?after=1:${cursor}`);
      expect(envelope.prev).toBe(cursor);
      cursor = envelope.to;
      follow(state, lines);
      expect({
        credential: state.has(credentialKey),
        connection: state.has(connectionKey),
        service: state.has(serviceKey),
      }).toEqual(expected);
      expect([...state.keys()].sort()).toEqual(await held());
    }

    const { developer, application, registration, publication, link } = portal;
    await commit((change) => change.put('developer', [{ ...developer, state: 'revoked', revision: 2 }], by));
    await step({ credential: false, connection: true, service: true });
    await commit((change) => change.put('developer', [{ ...developer, revision: 3 }], by));
    await step({ credential: true, connection: true, service: true });
    await commit((change) =>
      change.put('application', [{ ...application, state: 'revoked', revision: 2 }], by),
    );
    await step({ credential: false, connection: true, service: true });
    await commit((change) => change.put('application', [{ ...application, revision: 3 }], by));
    await commit((change) =>
      change.put('registration', [{ ...registration, state: 'revoked', revision: 2 }], by),
    );
    await step({ credential: true, connection: false, service: true });
    await commit((change) => change.put('registration', [{ ...registration, revision: 3 }], by));
    await step({ credential: true, connection: true, service: true });
    await commit((change) => change.put('publication', [{ ...publication, live: false, revision: 2 }], by));
    await step({ credential: true, connection: false, service: true });
    await commit((change) =>
      change.put('publication', [{ ...publication, strategyId: null, revision: 3 }], by),
    );
    await step({ credential: true, connection: false, service: true });
    await commit((change) => change.put('publication', [{ ...publication, revision: 4 }], by));
    await step({ credential: true, connection: true, service: true });
    await commit((change) => change.drop('link', [link], by));
    await step({ credential: true, connection: false, service: false });
    await commit((change) => change.put('link', [link], by));
    await step({ credential: true, connection: true, service: true });
    await commit((change) => change.drop('credential', [portal.credential], by));
    await step({ credential: false, connection: true, service: true });
    expect(await db.selectFrom('credentialSecrets').selectAll().execute()).toEqual([]);
  });

  it('of another region never receives a key, nor another gateway’s services', async () => {
    const other = await createSmallPortal(test.deps.commit, 'us');
    expect(await held()).not.toContain(`k:${other.hash}`);
    const theirs = await held(await tokenFor(other.gateway));
    expect(theirs).toEqual([
      `c:${other.application.id}:${other.service.id}`,
      `k:${other.hash}`,
      `s:${other.service.id}`,
    ]);
  });

  it('waits for news and is answered as soon as they are true', async () => {
    const { envelope } = await ask('snapshot');
    const waiting = ask(`changes?after=1:${envelope.to}&wait=25`);
    const { registration } = portal;
    await test.deps.commit((change) =>
      change.put('registration', [{ ...registration, state: 'revoked', revision: 9 }], by),
    );
    expect((await waiting).lines).toEqual([
      {
        op: 'drop',
        record: { k: 'connection', application: portal.application.id, service: portal.service.id },
      },
    ]);
  });

  it.each([
    ['changes?after=2:0', 410, 'cursor_ahead'],
    ['changes?after=1:999999', 410, 'cursor_ahead'],
    ['changes?after=nonsense', 400, 'invalid_input'],
    ['changes', 400, 'invalid_input'],
    ['changes?after=1:1&wait=26', 400, 'invalid_input'],
    ['changes?after=1:1&sideways=1', 400, 'invalid_input'],
  ])('is told what is wrong with %s', async (path, status, code) => {
    const response = await app.inject({
      url: `/api/gateway/v1/${path}`,
      headers: { authorization: `Bearer ${token}` },
    });
    expect({ status: response.statusCode, code: response.json<{ code: string }>().code }).toEqual({
      status,
      code,
    });
  });

  it.each([undefined, 'Bearer nonsense', `Bearer ghg_${'A'.repeat(43)}_${'0'.repeat(64)}`])(
    'is not let in by %s',
    async (authorization) => {
      const headers = authorization ? { authorization } : {};
      const asked = await app.inject({ url: '/api/gateway/v1/snapshot', headers });
      // Refused before its body is looked at, so that nobody learns what a right one is.
      const told = await app.inject({
        method: 'POST',
        url: '/api/gateway/v1/ack',
        headers: { ...headers, 'content-type': 'application/json' },
        payload: '{"cursor":',
      });
      for (const answer of [asked, told]) {
        expect(answer.json()).toMatchObject({ status: 401, code: 'gateway_refused' });
        expect(answer.headers['www-authenticate']).toBe('Bearer');
      }
    },
  );

  it('is told that its token was revoked, also while it waits for news', async () => {
    const { deps } = test;
    const wait = vi.spyOn(deps.wake, 'wait');
    const before = new Set((await listGatewayTokens(deps.db)).map(({ id }) => id));
    const mine = await tokenFor(portal.gateway);
    const headers = { authorization: `Bearer ${mine}` };
    const { envelope } = await ask('snapshot', mine);
    const url = `/api/gateway/v1/changes?after=1:${envelope.to}&wait=25`;
    const waiting = app.inject({ url, headers }).then((answer) => answer);
    const [made] = (await listGatewayTokens(deps.db)).filter(({ id }) => !before.has(id));
    expect(made).toMatchObject({ gateway: portal.gateway.name, revokedAt: null });
    expect(made?.lastUsedAt).not.toBeNull();
    await vi.waitFor(() => expect(wait).toHaveBeenCalled());
    const started = performance.now();
    expect(await revokeGatewayTokens(deps, { token: made?.id ?? '' })).toBe(1);
    const refused = { status: 401, code: 'gateway_token_revoked' };
    expect((await waiting).json()).toMatchObject(refused);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect((await app.inject({ url: '/api/gateway/v1/snapshot', headers })).json()).toMatchObject(refused);
    expect((await ask('snapshot')).lines.length).toBeGreaterThan(0);

    const listed = await listGatewayTokens(deps.db, portal.gateway.id);
    expect(listed.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id)).toEqual([made?.id]);
    const logged = await deps.db
      .selectFrom('changeLog')
      .select(['action', 'entityId'])
      .where('action', 'like', 'token.%')
      .orderBy('seq', 'desc')
      .execute();
    expect(logged.slice(0, 2)).toEqual([
      { action: 'token.revoked', entityId: portal.gateway.id },
      { action: 'token.made', entityId: portal.gateway.id },
    ]);
    await expect(revokeGatewayTokens(deps, { token: made?.id ?? '' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('acknowledges where it stands, and cannot claim the future', async () => {
    const { envelope } = await ask('snapshot');
    const ack = (cursor: string) =>
      app.inject({
        method: 'POST',
        url: '/api/gateway/v1/ack',
        headers: { authorization: `Bearer ${token}` },
        payload: { cursor, digest: 'ab'.repeat(32) },
      });
    expect((await ack(`1:${envelope.to}`)).statusCode).toBe(204);
    expect((await ack(`1:${envelope.to + 1}`)).statusCode).toBe(410);
    const stored = await test.deps.db.selectFrom('gatewayAcks').select(['gatewayId', 'seq']).execute();
    expect(stored).toEqual([{ gatewayId: portal.gateway.id, seq: envelope.to }]);
  });
});
