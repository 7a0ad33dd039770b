import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { errors, type ErrorCode } from '../../../domain/error-codes.ts';
import type { GatehouseError } from '../../../domain/errors.ts';
import { systemClock } from '../ports.ts';
import { openLink } from './link.ts';
import { ComeBackLater } from './refusal.ts';
import { dialWebSocket } from './socket.ts';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** How a link ends whose upgrade is answered like this. */
async function refusedWith(status: number, body: string, headers: readonly string[] = []) {
  server = createServer();
  server.on('upgrade', (_request, socket) => {
    // The other end goes away before it has read everything.
    socket.on('error', () => undefined);
    const head = [`HTTP/1.1 ${status} No`, `content-length: ${Buffer.byteLength(body)}`, ...headers];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return new Promise<GatehouseError>((resolve) => {
    openLink({
      server: `http://127.0.0.1:${port}`,
      token: 'gha_test',
      dial: dialWebSocket,
      clock: systemClock,
      report: () => '',
      onControl: () => undefined,
      onMessage: () => undefined,
      onEnd: resolve,
    });
  });
}

function problem(code: ErrorCode): string {
  const { status, message, mend } = errors[code];
  return JSON.stringify({ status, code, title: 'No', detail: message, mend, instance: 'test' });
}

it.each<[status: number, body: string, code: ErrorCode]>([
  [403, problem('device_revoked'), 'device_revoked'],
  [403, problem('origin_refused'), 'origin_refused'],
  [403, problem('forbidden'), 'forbidden'],
  [403, '<h1>Blocked by the company proxy</h1>', 'forbidden'],
  [403, '', 'forbidden'],
  [401, problem('token_expired'), 'token_expired'],
  [401, 'no', 'unauthenticated'],
  [502, 'x'.repeat(100_000), 'unavailable'],
])('takes a refused upgrade (%i) for what it says and nothing more', async (status, body, code) => {
  expect((await refusedWith(status, body)).code).toBe(code);
});

it('comes back when it is told to', async () => {
  const error = await refusedWith(429, problem('rate_limited'), ['retry-after: 7']);
  expect(error).toBeInstanceOf(ComeBackLater);
  expect(error).toMatchObject({ code: 'rate_limited', seconds: 7 });
});
