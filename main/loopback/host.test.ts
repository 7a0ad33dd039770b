import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { notStorable } from '../../domain/text.ts';
import type { DeskHandlers } from '../../domain/desk/api.ts';
import { failure } from '../../domain/errors.ts';
import { wrongTokenClose } from '../../domain/desk/loopback.ts';
import { eventSource } from '../core/events.ts';
import { removeFolder, scratchFolder } from '../core/testing/desk.ts';
import { startLoopback, type Loopback } from './host.ts';

const refused = { ok: false as const, failure: failure('signed_out') };
const handlers: DeskHandlers = {
  'session.get': async () => refused,
  'session.signIn': async () => refused,
  'session.account': async () => refused,
  'session.signOut': async () => refused,
  'status.get': async () => refused,
  'queue.page': async () => ({ ok: true, value: { rows: [], next: null } }),
  'queue.counts': async () => refused,
  'queue.select': async () => refused,
  'request.get': async () => refused,
  decide: async () => refused,
  undo: async ({ batch }) => ({ ok: true, value: { undone: batch.length, tooLate: 0 } }),
  'outbox.list': async () => refused,
  'attention.list': async () => refused,
  'attention.resolve': async () => refused,
};

let folder: string;
let host: Loopback;
let origin: string;
let token: string;
const events = eventSource();

beforeEach(async () => {
  folder = await scratchFolder();
  await mkdir(join(folder, 'pages'));
  await writeFile(join(folder, 'pages/index.html'), '<!doctype html><title>desk</title>');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  host = await startLoopback({ handlers, events }, { port: 0, pagesDir: join(folder, 'pages') });
  const url = new URL(host.url);
  origin = url.origin;
  token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
});
afterEach(async () => {
  await host.close();
  await removeFolder(folder);
});

function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: unknown }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    })
      .on('error', reject)
      .end();
  });
}

/** A page's socket: what it heard, and how it ended. */
function page(options: { origin?: string; host?: string } = {}) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/desk`, {
    origin: options.origin ?? origin,
    ...(options.host ? { headers: { host: options.host } } : {}),
  });
  const heard: unknown[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(data instanceof Buffer ? data.toString() : '')));
  const closed = new Promise<number | string>((resolve) => {
    socket.on('close', resolve);
    socket.on('unexpected-response', (_request, response) => resolve(`HTTP ${response.statusCode}`));
    socket.on('error', () => undefined);
  });
  const opened = new Promise<void>((resolve) => socket.on('open', resolve));
  return { socket, heard, closed, opened, say: (message: unknown) => socket.send(JSON.stringify(message)) };
}

test('the pages are served with a strict policy, from the pages folder only, to our own name only', async () => {
  const index = await get('/');
  expect(index.status).toBe(200);
  expect(index.headers).toMatchObject({
    'content-security-policy': expect.stringMatching(
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    ) as string,
    'x-content-type-options': 'nosniff',
  });
  expect(JSON.stringify(index.headers)).not.toContain('set-cookie');
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%00',
    '/nothing.js',
    '/%',
  ]) {
    expect((await get(path)).status).toBe(404);
  }
  expect((await get('/', { host: 'desk.example.com' })).status).toBe(403);
  expect((await get('/', { host: `localhost:${new URL(origin).port}` })).status).toBe(403);
});

test('a foreign origin or host gets no socket', async () => {
  for (const foreign of ['http://evil.example', `http://localhost:${new URL(origin).port}`, 'null']) {
    expect(await page({ origin: foreign }).closed).toBe('HTTP 403');
  }
  expect(await page({ host: 'desk.example.com' }).closed).toBe('HTTP 403');
});

test('without the right token nothing is answered', async () => {
  for (const first of [
    { t: 'hello', token: 'wrong' },
    { t: 'hello', token: `${token}x` },
    { t: 'call', id: 1, call: 'session.get', input: {} },
    'noise',
  ]) {
    const { opened, say, closed, heard } = page();
    await opened;
    say(first);
    expect(await closed).toBe(wrongTokenClose);
    expect(heard).toEqual([]);
  }
});

test('with it, calls are answered, inputs parsed, and events come by themselves', async () => {
  const { opened, say, heard, socket } = page();
  await opened;
  say({ t: 'hello', token });
  say({ t: 'call', id: 7, call: 'undo', input: { batch: '00000000-0000-7000-8000-000000000001' } });
  say({ t: 'call', id: 8, call: 'undo', input: { batch: 'no', more: 1 } });
  await expect.poll(() => heard).toHaveLength(3);
  expect(heard[0]).toEqual({ t: 'ready' });
  expect(heard).toEqual(
    expect.arrayContaining([
      { t: 'answer', id: 7, result: { ok: true, value: { undone: 36, tooLate: 0 } } },
      {
        t: 'answer',
        id: 8,
        result: { ok: false, failure: expect.objectContaining({ code: 'invalid_input' }) as unknown },
      },
    ]),
  );
  events.emit('changed', { entities: ['developer'], outbox: false });
  await expect
    .poll(() => heard.at(-1))
    .toEqual({
      t: 'event',
      event: 'changed',
      payload: { entities: ['developer'], outbox: false },
    });
  socket.close();
});

test('a reason that no database keeps is refused where it is given', async () => {
  const { opened, say, heard, socket } = page();
  await opened;
  say({ t: 'hello', token });
  const targets = [{ kind: 'developer', id: '00000000-0000-7000-8000-000000000001' }];
  for (const [id, reason] of ['pasted \u0000 text', 'half a \ud800 pair'].entries()) {
    say({ t: 'call', id, call: 'decide', input: { action: 'reject', targets, reason } });
    await expect
      .poll(() => heard.at(-1))
      .toMatchObject({
        id,
        result: {
          failure: { code: 'invalid_input', fields: [{ field: 'reason', reason: notStorable }] },
        },
      });
  }
  socket.close();
});

test('noise after the token ends that page, not the desk', async () => {
  const { opened, say, closed } = page();
  await opened;
  say({ t: 'hello', token });
  say({ t: 'call', id: 1, call: 'no-such-call', input: {} });
  expect(await closed).toBe(1008);
  expect((await get('/')).status).toBe(200);
});

test('a port that is taken is said so', async () => {
  const port = Number(new URL(origin).port);
  await expect(startLoopback({ handlers, events }, { port, pagesDir: folder })).rejects.toMatchObject({
    code: 'port_taken',
  });
});
