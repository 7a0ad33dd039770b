/** A listening server with everything that a desk talks to, and a small desk to talk to it; for tests. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { syncProtocol } from '../../domain/wire/protocol.ts';
import { frameSchema, type Frame } from '../../domain/wire/frames.ts';
import type { Intent } from '../../domain/intents.ts';
import {
  controlSchema,
  decodeMessage,
  encodeMessage,
  listName,
  welcomeSchema,
  type Message,
  type Welcome,
} from '../../domain/wire/sync.ts';
import { decodeSync, encodeSync } from '../../domain/wire/y-sync.ts';
import { createTestDeps, type TestDeps, type TestOptions } from '../config/testing.ts';
import { createAuthority } from '../decisions/authority.ts';
import { decisionRoutes } from '../decisions/routes.ts';
import { createHttp } from '../http/server.ts';
import { replicationRoutes } from './routes.ts';
import type { SocketLimits } from './sockets.ts';

export interface TestServer extends TestDeps {
  readonly url: string;
  readonly http: Server;
}

interface ServerOptions extends TestOptions {
  readonly heartbeatMilliseconds?: number;
  readonly limits?: Partial<SocketLimits>;
}

export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-replication-'));
  const test = await createTestDeps({ ...options, flags: { ...options.flags, dataDir } });
  const { deps } = test;
  const { heartbeatMilliseconds = 15_000, limits = {} } = options;
  const decide = createAuthority(deps, async () => undefined);
  const app = await createHttp({ log: deps.log, tls: false });
  await app.register(decisionRoutes({ ...deps, decide }));
  await app.register(replicationRoutes({ ...deps, decide, heartbeatMilliseconds, limits }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...test,
    url,
    http: app.server,
    async close() {
      await app.close();
      await test.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A device's socket, and what has come over it. */
export class TestDesk {
  readonly socket: WebSocket;
  readonly welcome: Welcome;
  /** What came after the welcome, as for a device that stands there. */
  readonly frames: Frame[] = [];
  readonly presence: Message[] = [];
  goodbye: string | null = null;
  readonly intents = new Y.Doc();
  readonly #feed = new Y.Doc();
  #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket, welcome: Welcome) {
    this.socket = socket;
    this.welcome = welcome;
    this.#feed.getArray<string>(listName).observe(({ changes }) => {
      for (const { insert } of changes.delta) {
        if (!Array.isArray(insert)) continue;
        for (const text of insert) {
          const frame = frameSchema.parse(JSON.parse(String(text)));
          if (frame.prev >= welcome.seq) this.frames.push(frame);
        }
      }
    });
    this.intents.on('update', (update: Uint8Array) => {
      this.send({
        kind: 'sync',
        document: welcome.intents,
        payload: encodeSync({ kind: 'update', bytes: update }),
      });
    });
    socket.on('message', (data: Buffer) => {
      this.#receive(data);
    });
    socket.on('close', () => {
      this.#wake();
    });
  }

  /** Connects, and follows the feed. Rejects with the status of a refused upgrade. */
  static async connect(url: string, headers: Record<string, string>): Promise<TestDesk> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/admin/v1/sync`, syncProtocol, { headers });
    const refused = new Promise<never>((_resolve, reject) => {
      socket.once('unexpected-response', (_request, response) => {
        reject(new Error(`refused with ${response.statusCode ?? 0}`));
      });
      socket.once('error', reject);
    });
    const first = await Promise.race([once(socket, 'message'), refused]);
    const message = decodeMessage(Buffer.from(first[0] as Buffer));
    const welcome = welcomeSchema.parse(JSON.parse(Buffer.from(message?.payload ?? []).toString()));
    const desk = new TestDesk(socket, welcome);
    desk.send({
      kind: 'sync',
      document: welcome.feed,
      payload: encodeSync({ kind: 'step1', bytes: Y.encodeStateVector(new Y.Doc()) }),
    });
    return desk;
  }

  send(message: Message): void {
    this.sendBytes(encodeMessage(message));
  }

  sendBytes(bytes: Uint8Array | string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(bytes);
  }

  decide(...intents: Intent[]): void {
    this.intents.getArray<string>(listName).push(intents.map((intent) => JSON.stringify(intent)));
  }

  /** Settles once `condition` holds; looks again after every message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`closed: ${this.goodbye ?? 'silently'}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  outcomes() {
    return this.frames.flatMap(({ items }) =>
      items.flatMap((item) => (item.k === 'outcome' ? [item.outcome] : [])),
    );
  }

  /** Settles with the code of the server's goodbye. */
  async ended(): Promise<string | null> {
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
    return this.goodbye;
  }

  async close(): Promise<void> {
    this.socket.close();
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #receive(data: Buffer): void {
    const message = decodeMessage(data);
    if (!message) throw new Error('a damaged message from the server');
    if (message.kind === 'control') {
      const control = controlSchema.parse(JSON.parse(Buffer.from(message.payload).toString()));
      if (control.t === 'goodbye') this.goodbye = control.code;
    }
    if (message.kind === 'awareness') this.presence.push(message);
    if (message.kind === 'sync' && message.document === this.welcome.feed) {
      const sync = decodeSync(message.payload);
      if (sync && sync.kind !== 'step1') Y.applyUpdate(this.#feed, sync.bytes);
    }
    this.#wake();
  }
}
