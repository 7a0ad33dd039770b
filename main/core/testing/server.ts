/**
 * A server in this process that speaks the Admin API and the sync protocol over a portal in memory: enough to test what
 * a desk does, with handles for what a network does to it.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import * as Y from 'yjs';
import { parseCursor } from '../../../domain/cursor.ts';
import { errors, type ErrorCode } from '../../../domain/error-codes.ts';
import { intentSchema } from '../../../domain/intents.ts';
import {
  adminPaths,
  decisionsRequestSchema,
  enrolRequestSchema,
  tokenRequestSchema,
} from '../../../domain/wire/admin.ts';
import type { Frame } from '../../../domain/wire/frames.ts';
import {
  decodeMessage,
  encodeMessage,
  feedDocument,
  intentsDocument,
  listName,
} from '../../../domain/wire/sync.ts';
import { protocolVersion } from '../../../domain/wire/protocol.ts';
import { decodeSync, encodeSync } from '../../../domain/wire/y-sync.ts';
import { makePortal, type Snapshot } from './portal.ts';

interface Session {
  access: string;
  readonly refresh: string;
  readonly admin: string;
  device: string;
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

function refuse(response: ServerResponse, code: ErrorCode): void {
  const { status, message, mend } = errors[code];
  json(response, status, { status, code, title: message, detail: message, mend, instance: 'test' });
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const value: unknown = JSON.parse(Buffer.concat(parts).toString());
  return value;
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

export async function startTestServer() {
  const portal = makePortal();
  const sessions = new Map<string, Session>();
  const codes = new Map<string, string>();
  const sockets = new Set<Socket>();
  const instance = randomUUID();
  /** Frames of the live tail that desks see; a test may hold them back or bend them. */
  const knobs = {
    admin: '00000000-0000-7000-8000-00000000000a',
    perChunk: 1_000,
    /** A snapshot is ready once this is over. */
    making: Promise.resolve(),
    pageFrames: 100,
    /** Frames to keep in a feed document. */
    tail: 200,
    bend: (frame: Frame): Frame | null => frame,
    /** Decisions are taken in, and not answered. */
    deaf: false,
    expiresIn: 3_600,
    refuseRefresh: false,
    /** Upgrades are answered with this code. */
    refuseUpgrade: null as ErrorCode | null,
    /** The next decisions that come are not taken: who sends them is told this, and hung up on. */
    turnAway: null as { readonly code: ErrorCode; readonly retryAfter: number } | null,
    bendChunk: (bytes: Uint8Array, _number: number): Uint8Array => bytes,
  };
  const seen = {
    chunks: [] as number[],
    changes: 0,
    manifests: 0,
    intents: [] as string[],
    posted: 0,
    upgrades: 0,
    outstanding: 0,
  };
  let snapshot: Snapshot | null = null;

  const issue = (session: Session) => ({
    access_token: session.access,
    token_type: 'Bearer',
    expires_in: knobs.expiresIn,
    refresh_token: session.refresh,
    admin: { id: session.admin, email: 'ada@example.com', name: 'Ada', role: 'owner' },
  });

  const sessionOf = (request: IncomingMessage): Session | null => {
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    return [...sessions.values()].find(({ access }) => access === token) ?? null;
  };

  const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = tokenRequestSchema.parse(await bodyOf(request));
    if (body.grant_type === 'authorization_code') {
      const admin = codes.get(body.code);
      if (!admin) return refuse(response, 'grant_invalid');
      codes.delete(body.code);
      const session = { access: randomUUID(), refresh: randomUUID(), admin, device: '' };
      sessions.set(session.refresh, session);
      return json(response, 200, issue(session));
    }
    const session = sessions.get(body.refresh_token);
    if (!session || knobs.refuseRefresh) return refuse(response, 'grant_invalid');
    session.access = randomUUID();
    return json(response, 200, issue(session));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === adminPaths.authorize) {
      const code = randomUUID();
      codes.set(code, knobs.admin);
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({ code, state: url.searchParams.get('state') ?? '' }).toString();
      return void response.writeHead(302, { location: back.href }).end();
    }
    if (url.pathname === adminPaths.token) return token(request, response);
    const session = sessionOf(request);
    if (!session) return refuse(response, 'token_expired');
    if (url.pathname === adminPaths.devices) {
      const body = enrolRequestSchema.parse(await bodyOf(request));
      session.device = body.device ?? randomUUID();
      return json(response, 201, {
        device: session.device,
        name: body.name,
        scope: 'all',
        enrolledAt: '2026-01-01T00:00:00.000Z',
      });
    }
    if (url.pathname === adminPaths.signOut) return void response.writeHead(204).end();
    if (url.pathname === adminPaths.snapshot) {
      seen.manifests++;
      await knobs.making;
      const { epoch, seq } = portal.cursor;
      if (snapshot?.manifest.id !== `s-${epoch}-${seq}`) snapshot = portal.snapshot(knobs.perChunk);
      return json(response, 200, snapshot.manifest);
    }
    const chunk = /\/snapshot\/([^/]+)\/(\d+)$/.exec(url.pathname);
    if (chunk) {
      const number = Number(chunk[2]);
      seen.chunks.push(number);
      const bytes = snapshot?.manifest.id === chunk[1] ? snapshot?.chunks[number] : undefined;
      if (!bytes) return refuse(response, 'snapshot_gone');
      return void response.writeHead(200).end(knobs.bendChunk(bytes, number));
    }
    if (url.pathname === adminPaths.changes) {
      seen.changes++;
      const after = parseCursor(url.searchParams.get('after') ?? '');
      const { epoch, seq } = portal.cursor;
      if (!after || after.epoch !== epoch || after.seq > seq) return refuse(response, 'cursor_ahead');
      if (after.seq < portal.oldest) return refuse(response, 'cursor_gone');
      const frames = portal.frames(after.seq);
      const page = frames.slice(0, knobs.pageFrames);
      return json(response, 200, { frames: page, more: page.length < frames.length });
    }
    if (url.pathname === adminPaths.decisions) {
      seen.posted++;
      const { intents } = decisionsRequestSchema.parse(await bodyOf(request));
      return json(response, 200, {
        outcomes: intents.map((intent) => portal.take(intent, `admin:${session.admin}`)),
      });
    }
    if (url.pathname === adminPaths.epochs) {
      const { epoch, seq } = portal.cursor;
      const restored = epoch > 1 ? [{ epoch, startedAfter: seq }] : [];
      return json(response, 200, { epochs: [{ epoch: 1, startedAfter: 0 }, ...restored] });
    }
    return refuse(response, 'not_found');
  };

  const talk = (socket: WebSocket, session: Session): void => {
    const feedName = feedDocument('all', instance);
    const intentsName = intentsDocument(session.device);
    const send = (document: string, payload: Uint8Array): void =>
      socket.send(encodeMessage({ kind: 'sync', document, payload }));
    const feed = new Y.Doc();
    const list = feed.getArray<string>(listName);
    const inbox = new Y.Doc();
    const wishes = inbox.getArray<string>(listName);
    const taken = new Set<string>();

    const stop = portal.onFrame((frame) => {
      const bent = knobs.bend(frame);
      if (!bent) return;
      list.push([JSON.stringify(bent)]);
      if (list.length > knobs.tail) list.delete(0, list.length - knobs.tail);
    });
    feed.on('update', (update: Uint8Array) => send(feedName, encodeSync({ kind: 'update', bytes: update })));
    inbox.on('update', () => {
      seen.outstanding = Math.max(seen.outstanding, wishes.length);
      if (knobs.deaf) return;
      for (const text of wishes.toArray()) {
        const intent = intentSchema.parse(JSON.parse(text));
        if (taken.has(intent.id)) continue;
        taken.add(intent.id);
        seen.intents.push(intent.id);
        portal.take(intent, `admin:${session.admin}`);
      }
    });
    socket.on('close', stop);
    socket.on('message', (data) => {
      const message = decodeMessage(data as Buffer);
      const sync = message && decodeSync(message.payload);
      if (!message || !sync) return socket.close();
      if (message.document === feedName && sync.kind === 'step1') {
        send(feedName, encodeSync({ kind: 'step2', bytes: Y.encodeStateAsUpdate(feed, sync.bytes) }));
        send(feedName, encodeSync({ kind: 'step1', bytes: Y.encodeStateVector(feed) }));
      } else if (knobs.turnAway && sync.kind === 'update') {
        const payload = Buffer.from(JSON.stringify({ t: 'goodbye', ...knobs.turnAway }));
        knobs.turnAway = null;
        socket.send(encodeMessage({ kind: 'control', document: '', payload }));
        socket.close();
      } else if (message.document === intentsName && sync.kind !== 'step1') {
        Y.applyUpdate(inbox, sync.bytes);
      }
    });
    const welcome = {
      t: 'welcome',
      protocol: protocolVersion,
      instance,
      scope: 'all',
      ...portal.cursor,
      feed: feedName,
      intents: intentsName,
    };
    socket.send(
      encodeMessage({ kind: 'control', document: '', payload: Buffer.from(JSON.stringify(welcome)) }),
    );
    send(intentsName, encodeSync({ kind: 'step1', bytes: Y.encodeStateVector(inbox) }));
  };

  const http = createServer((request, response) => {
    handle(request, response).catch(() => refuse(response, 'internal'));
  });
  const ws = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    seen.upgrades++;
    const session = sessionOf(request);
    if (knobs.refuseUpgrade) {
      const { status, message, mend } = errors[knobs.refuseUpgrade];
      const problem = {
        status,
        code: knobs.refuseUpgrade,
        title: message,
        detail: message,
        mend,
        instance: 'test',
      };
      const body = JSON.stringify(problem);
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      return;
    }
    if (!session) {
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    ws.handleUpgrade(request, socket, head, (client) => talk(client, session));
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      http.listen(port, '127.0.0.1', () => {
        const address = http.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  let port = await listen(0);
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => http.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  return {
    portal,
    knobs,
    seen,
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    /** The network goes: connections end, none are taken. */
    cut,
    mend: async (): Promise<void> => void (port = await listen(port)),
    /** Connections stay and say nothing more. */
    stall: (): void => sockets.forEach((socket) => socket.pause()),
    expireTokens: (): void => sessions.forEach((session) => (session.access = randomUUID())),
    dropSockets: (): void => ws.clients.forEach((client) => client.terminate()),
    close: cut,
  };
}
