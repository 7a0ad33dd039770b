/** Readers that do not read, on real sockets: what waits for all of them together stays below the server's cap. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { productRow } from '../../domain/testing/rows.ts';
import { signedInAdmin } from '../admins/testing.ts';
import { startTestServer, TestDesk, type TestServer } from './testing.ts';

const mebibyte = 1024 * 1024;
const cap = 2 * mebibyte;
const stuckReaders = 3;
/** More than a system's own buffers take on the way. */
const commits = 160;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ limits: { buffered: cap }, heartbeatMilliseconds: 60_000 });
});

afterAll(() => server.close());

async function value(metric: string): Promise<number> {
  const text = await server.deps.metrics.registry.getSingleMetricAsString(metric);
  return Number(text.trim().split(' ').at(-1));
}

it('ends those that hold most once all hold too much; who reads misses nothing', async () => {
  const connect = async (): Promise<TestDesk> =>
    TestDesk.connect(server.url, (await signedInAdmin(server.deps)).headers);
  const reader = await connect();
  const stuck = await Promise.all(Array.from({ length: stuckReaders }, connect));
  for (const { socket } of stuck) socket.pause();

  for (let number = 0; number < commits; number++) {
    const row = productRow({ description: 'x'.repeat(100_000) });
    await server.deps.commit((change) => change.put('product', [row], { actor: 'system' }));
    await reader.until(() =>
      reader.frames.some(({ items }) => items.some((item) => item.k === 'row' && item.id === row.id)),
    );
  }
  await expect.poll(() => value('gatehouse_sync_refused_total'), { timeout: 30_000 }).toBeGreaterThan(0);
  await expect.poll(() => value('gatehouse_sync_waiting_bytes'), { timeout: 30_000 }).toBeLessThan(cap);
  const ended = await value('gatehouse_sync_refused_total');
  // As few as are needed: one that is slow alone is nobody's trouble.
  expect(ended).toBeLessThan(stuckReaders);
  await expect
    .poll(() => value('gatehouse_sync_sockets'), { timeout: 30_000 })
    .toBe(1 + stuckReaders - ended);
  expect(reader.goodbye).toBeNull();

  // Read on: those that were ended find it out, and may come again at once.
  const closed: unknown[] = [];
  for (const { socket } of stuck) {
    socket.on('close', () => closed.push(socket));
    socket.resume();
  }
  await expect.poll(() => closed.length, { timeout: 30_000 }).toBe(ended);
  const again = await connect();
  expect(again.socket.readyState).toBe(WebSocket.OPEN);
  for (const { socket } of [reader, again, ...stuck]) {
    if (socket.readyState === WebSocket.CLOSED) continue;
    socket.terminate();
    await once(socket, 'close');
  }
}, 120_000);
