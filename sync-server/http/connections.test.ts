import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { problemSchema } from '../../domain/wire/admin.ts';
import { createLog } from '../config/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createHttp, type HttpOptions } from './server.ts';

let app: FastifyInstance;
const callers: Socket[] = [];
/** Lets `/late` answer; null until it was asked. */
let release: (() => void) | null = null;

afterEach(async () => {
  for (const caller of callers.splice(0)) caller.destroy();
  await app.close();
});

/** A server with a page, a route that takes a body, and a WebSocket that answers whatever it is told. */
async function start(options: Partial<HttpOptions> = {}): Promise<void> {
  app = await createHttp({ log: createLog('silent'), tls: false, ...options });
  app.get('/page', async () => ({ page: true }));
  app.get('/late', async () => {
    await new Promise<void>((resolve) => (release = resolve));
    return { late: true };
  });
  app.post('/body', async (request) => request.body);
  await app.register(async (scope) => {
    await scope.register(websocket);
    scope.route({
      method: 'GET',
      url: '/socket',
      websocket: true,
      onRequest: async ({ headers }, reply) => {
        if (headers.authorization === undefined) await reply.status(401).send({ refused: true });
      },
      handler(socket) {
        socket.on('message', (data) => {
          socket.send(data);
        });
      },
    });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
}

function port(): number {
  return (app.server.address() as AddressInfo).port;
}

/** What a caller hears; `over` settles once the server has closed the connection. */
interface Heard {
  readonly socket: Socket;
  readonly text: () => string;
  readonly over: Promise<unknown>;
}

function say(text: string): Heard {
  let heard = '';
  const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
  callers.push(socket);
  socket.setEncoding('utf8').on('data', (part) => (heard += String(part)));
  socket.on('error', () => undefined);
  socket.write(text);
  return { socket, text: () => heard, over: Promise.race([once(socket, 'end'), once(socket, 'close')]) };
}

/** What was answered, as a problem. */
function problemIn(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toContain('application/problem+json');
  expect(head).toContain('x-content-type-options: nosniff');
  expect(head.toLowerCase()).toContain('connection: close');
  const problem = problemSchema.parse(JSON.parse(body));
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${problem.status} `));
  return problem;
}

const openConnections = (): Promise<number> =>
  new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });

const upgrade = (line: string, protocol: string, more = ''): string =>
  `${line} HTTP/1.1\r\nHost: x\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n${more}\r\n`;
const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const json = 'Content-Type: application/json\r\n';

it.each([
  ['another protocol', upgrade('GET /page', 'h2c'), 200],
  ['a WebSocket where there is none', upgrade('GET /page', 'websocket', key), 200],
  ['a WebSocket where there is nothing', upgrade('GET /nowhere', 'websocket', key), 404],
  ['one with a body', `${upgrade('POST /body', 'websocket', `${key}${json}Content-Length: 2\r\n`)}{}`, 200],
  ['another protocol of the socket', upgrade('GET /socket', 'h2c'), 401],
  ['a WebSocket by another method', upgrade('POST /socket', 'websocket', key), 405],
  ['a WebSocket that is refused', upgrade('GET /socket', 'websocket', key), 401],
  ['a version that nobody speaks', upgrade('GET /socket?a=b', 'websocket', 'Authorization: x\r\n'), 400],
  ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n', null],
])('who asks to go over to %s leaves no connection behind', async (_what, text, status) => {
  await start();
  const many = Array.from({ length: 20 }, () => say(text));
  const answered = status === null ? '' : `HTTP/1.1 ${status} `;
  for (const { text: heard, over, socket } of many) {
    await vi.waitFor(() => {
      expect(heard().startsWith(answered)).toBe(true);
    });
    // As a caller that has what it wanted: its side is closed, and the server has to follow.
    socket.end();
    await over;
  }
  await vi.waitFor(async () => {
    expect(await openConnections()).toBe(0);
  });
});

it('a connection that asked in vain for another protocol goes on with HTTP', async () => {
  await start();
  const { socket, text } = say(upgrade('GET /page', 'h2c'));
  await vi.waitFor(() => {
    expect(text()).toContain('{"page":true}');
  });
  socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() => {
    expect(text()).toContain('HTTP/1.1 404');
  });
});

it('a WebSocket opens where there is one', async () => {
  await start();
  const headers = { authorization: 'x' };
  const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket?a=b`, { headers });
  await once(socket, 'open');
  socket.send('hello');
  expect(String((await once(socket, 'message'))[0])).toBe('hello');
  socket.terminate();
});

it('closing ends whatever connection is left, also one that never says goodbye', async () => {
  await start({ closeMilliseconds: 50 });
  const deaf = say(upgrade('GET /socket', 'websocket', `${key}Authorization: x\r\n`));
  await vi.waitFor(() => {
    expect(deaf.text()).toContain('101 Switching Protocols');
  });
  const idle = say('');
  await vi.waitFor(async () => {
    expect(await openConnections()).toBe(2);
  });
  await app.close();
  await Promise.all([deaf.over, idle.over]);
  expect(await openConnections()).toBe(0);
});

it.each([
  ['a body that never ends', `POST /body HTTP/1.1\r\nHost: x\r\n${json}Content-Length: 20000\r\n\r\n{`],
  ['headers that never end', 'POST /body HTTP/1.1\r\nHost: x\r\n'],
])('%s is cut off, and told why', async (_what, text) => {
  await start({ receiveMilliseconds: 100 });
  const slow = say(text);
  // A byte now and then gains nothing.
  const drip = setInterval(() => slow.socket.write('a'), 20);
  await slow.over;
  clearInterval(drip);
  expect(problemIn(slow.text())).toMatchObject({ status: 408, code: 'request_slow' });
});

it('an answer may take longer than a request', async () => {
  await start({ receiveMilliseconds: 100 });
  const late = say('GET /late HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() => {
    expect(release).not.toBeNull();
  });
  // Whoever came later and was too slow has been cut off.
  await say(`POST /body HTTP/1.1\r\nHost: x\r\n${json}Content-Length: 200\r\n\r\n{`).over;
  release?.();
  await vi.waitFor(() => {
    expect(late.text()).toContain('{"late":true}');
  });
});

it.each([
  [
    'headers without end',
    `GET /page HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(40_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
  ['a header without a name', 'GET /page HTTP/1.1\r\nHost: x\r\n: nothing\r\n\r\n', 400, 'request_malformed'],
  [
    'two lengths of one body',
    'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    400,
    'request_malformed',
  ],
  ['what is no HTTP', 'hello\r\n\r\n', 400, 'request_malformed'],
])('%s is refused by name, and counted', async (_what, text, status, code) => {
  const metrics = createMetrics();
  await start({ metrics });
  const refused = say(text);
  await refused.over;
  expect(problemIn(refused.text())).toMatchObject({ status, code });
  expect(await metrics.registry.metrics()).toContain(`code="${code}"`);
  await vi.waitFor(async () => {
    expect(await openConnections()).toBe(0);
  });
});
