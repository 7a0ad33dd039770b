/** The built-in proxy over real sockets: what it decides, and what it passes on. */
import { hash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runGateway } from '../run.ts';
import type { Gateway } from '../run.ts';
import { call, startUpstream } from '../testing/calls.ts';
import type { Upstream } from '../testing/calls.ts';
import { decisions } from '../testing/decisions.ts';
import { startFakeServer } from '../testing/server.ts';
import type { FakeServer } from '../testing/server.ts';
import { newKey, put, service, silent, smallWorld, until } from '../testing/world.ts';

let server: FakeServer;
let upstream: Upstream;
let dataDir: string;
let gateway: Gateway;
let world: ReturnType<typeof smallWorld>;
const port = (): number => gateway.port ?? 0;

beforeEach(async () => {
  upstream = await startUpstream();
  world = smallWorld(upstream.url);
  server = await startFakeServer(world.records);
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
  const { url, token } = server;
  gateway = await runGateway({ server: url, token, target: 'proxy', dataDir, port: 0, log: silent });
  await caughtUp();
});

afterEach(async () => {
  await gateway.close();
  await server.close();
  await upstream.close();
  await rm(dataDir, { recursive: true, force: true });
});

const caughtUp = (): Promise<void> =>
  until(() => gateway.status().cursor === server.cursor(), 'the server’s cursor');

/** A service that the test's own upstream answers. */
async function offer(path: string, upstreamUrl: string): Promise<void> {
  server.commit(put(service({ path, mode: 'open', upstream: upstreamUrl })));
  await caughtUp();
}

test('decides in the one order, in the one set of words', async () => {
  const { lines, cases } = decisions(world, upstream.url);
  server.commit(...lines);
  await caughtUp();
  for (const { path, options, answer } of cases) {
    const { status, code } = await call(port(), path, options);
    expect(`${path} ${status} ${code}`.trim()).toBe(`${path} ${answer}`);
  }
});

test('a key with a typing mistake is told apart from an unknown one, by its checksum', async () => {
  const key = newKey();
  const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
  expect((await call(port(), '/mock', { key: mistyped })).code).toBe('key_malformed');
});

test('a refusal says what to do, and is not to be cached', async () => {
  const answer = await call(port(), '/mock');
  expect(JSON.parse(answer.body)).toEqual({
    code: 'key_missing',
    message: 'No API key was sent.',
    mend: 'Send the key in the apikey header.',
  });
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'www-authenticate': 'Key',
  });
});

describe('passes on', () => {
  test('path, query, headers and body, with the application and without the key', async () => {
    const body = randomBytes(3_000_000);
    const answer = await call(port(), '/mock/v1//items/?q=%2F&r=a%20b', {
      key: world.key,
      method: 'PUT',
      raw: [
        'gatehouse-application',
        'forged',
        'x-own',
        '1',
        'x-own',
        '2',
        'connection',
        'x-hop',
        'x-hop',
        '1',
        'x-forwarded-for',
        '10.0.0.1',
      ],
      body,
    });
    const seen: unknown = JSON.parse(answer.body);
    expect(seen).toMatchObject({
      method: 'PUT',
      url: '/v1//items/?q=%2F&r=a%20b',
      bytes: body.length,
      sha256: hash('sha256', body, 'hex'),
      headers: {
        'gatehouse-application': world.application,
        'x-own': '1, 2',
        'x-forwarded-host': 'api.example',
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        host: `127.0.0.1:${upstream.port}`,
      },
    });
    expect(seen).not.toHaveProperty('headers.apikey');
    expect(seen).not.toHaveProperty('headers.x-hop');
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  test('to a base path, and the bare prefix as a slash', async () => {
    await offer('/a/b', `${upstream.url}/base/`);
    const seen = async (path: string): Promise<unknown> => JSON.parse((await call(port(), path)).body);
    expect(await seen('/a/b')).toMatchObject({ url: '/base/' });
    expect(await seen('/a/b?x')).toMatchObject({ url: '/base/?x' });
    expect(await seen('/a/b/c/')).toMatchObject({ url: '/base/c/' });
  });

  test('bodies as they come, without waiting for their end', async () => {
    const echo = createServer((incoming, outgoing) => incoming.pipe(outgoing));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const address = echo.address();
    const echoPort = typeof address === 'object' && address ? address.port : 0;
    await offer('/echo', `http://127.0.0.1:${echoPort}`);
    const socket = connect(port(), '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    socket.write('POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    await until(() => heard.includes('first'), 'the first chunk to come back');
    socket.write('6\r\nsecond\r\n0\r\n\r\n');
    await until(() => heard.includes('second'), 'the second chunk to come back');
    socket.destroy();
    await new Promise((resolve) => echo.close(resolve));
  });

  test('half an answer as half an answer', async () => {
    const broken = createServer((_, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '1000' });
      outgoing.write('half', () => outgoing.destroy());
    });
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const address = broken.address();
    const brokenPort = typeof address === 'object' && address ? address.port : 0;
    await offer('/broken', `http://127.0.0.1:${brokenPort}`);
    await expect(call(port(), '/broken')).rejects.toThrow();
    expect((await call(port(), '/mock', { key: world.key })).status).toBe(200);
    await new Promise((resolve) => broken.close(resolve));
  });

  test('nothing where the upstream is down: 502, and 200 once it is back', async () => {
    await upstream.close();
    expect(await call(port(), '/mock', { key: world.key })).toMatchObject({
      status: 502,
      code: 'upstream_unreachable',
    });
    expect(await call(port(), '/mock', { key: world.key, method: 'POST', body: 'x' })).toMatchObject({
      status: 502,
    });
    upstream = await startUpstream();
    server.commit(put({ ...world.mock, upstream: upstream.url }));
    await caughtUp();
    expect((await call(port(), '/mock', { key: world.key })).status).toBe(200);
  });
});

test('survives what is no HTTP', async () => {
  for (const text of ['\x16\x03\x01\x00', 'GET / HTTP/9.9\r\n\r\n', 'GET /mock HTTP/1.1\r\nhost\r\n\r\n']) {
    const socket = connect(port(), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(text);
    await closed;
  }
  expect((await call(port(), '/mock', { key: world.key })).status).toBe(200);
});

test('a taken port is said in one line', async () => {
  const other = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
  const { url, token } = server;
  await expect(
    runGateway({ server: url, token, target: 'proxy', dataDir: other, port: port(), log: silent }),
  ).rejects.toMatchObject({ code: 'port_taken' });
  await rm(other, { recursive: true, force: true });
});
