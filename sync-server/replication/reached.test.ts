import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Cursor } from '../../domain/cursor.ts';
import { signedInAdmin } from '../admins/testing.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { openReached, type Reached } from './reached.ts';

let test: TestDeps;
let device: string;
let reached: Reached;
let listening: WebSocketServer;
let near: WebSocket;
let far: WebSocket;
let sent: Cursor | null;

/** A real pair of sockets: the far end answers pings by itself, as a desk's does. */
beforeEach(async () => {
  test = await createTestDeps();
  ({ device } = await signedInAdmin(test.deps));
  reached = openReached(test.deps, 20);
  listening = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(listening, 'listening');
  const address = listening.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const accepted = new Promise<WebSocket>((resolve) => listening.once('connection', resolve));
  far = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
  near = await accepted;
  await once(far, 'open');
  sent = null;
  reached.watch(near, device, () => sent);
});

afterEach(async () => {
  far.terminate();
  await reached.stop();
  listening.close();
  await test.close();
});

const written = async (): Promise<string | null> => {
  const row = await test.deps.db.selectFrom('deviceCursors').selectAll().executeTakeFirst();
  return row ? `${row.epoch}:${row.seq}` : null;
};

it('writes down what a device has received, once it has', async () => {
  const held: Buffer[] = [];
  far.on('ping', (payload: Buffer) => held.push(payload));
  sent = { epoch: 1, seq: 7 };
  await expect.poll(() => held.length).toBeGreaterThan(0);
  expect(await written()).toBeNull();
  far.pong(held[0]);
  await expect.poll(written).toBe('1:7');
});

it('believes no pong that was not asked for', async () => {
  far.pong('1:999');
  sent = { epoch: 1, seq: 3 };
  await once(far, 'ping');
  far.pong('1:999');
  far.pong('1:3');
  await expect.poll(written).toBe('1:3');
});

it('takes a device’s own word where it catches up by pages, and leaves out what is no device', async () => {
  reached.note(device, { epoch: 2, seq: 5 });
  reached.note(crypto.randomUUID(), { epoch: 2, seq: 9 });
  await expect.poll(written).toBe('2:5');
});
