/** One authenticated sync socket: the feed out, the device's own intents in, presence among all; nothing else. */
import type { RawData, WebSocket } from 'ws';
import type { Logger } from 'pino';
import { GatehouseError } from '../../domain/errors.ts';
import {
  decodeMessage,
  encodeMessage,
  intentsDocument,
  maxMessageBytes,
  protocolVersion,
  type Control,
  type Message,
} from '../../domain/wire/sync.ts';
import { decodeSync, encodeSync } from '../../domain/wire/y-sync.ts';
import type { DecideSlice } from '../decisions/authority.ts';
import { failureOf } from '../http/failures.ts';
import type { Feed } from './feed.ts';
import { openInbox } from './inbox.ts';
import { openIntentDocument } from './intents.ts';
import { openOutlet } from './outlet.ts';

/** The one document that everybody may write, and nobody stores. */
export const presenceDocument = 'presence';
const maxPresenceBytes = 16 * 1024;

/** From this many waiting intents on the socket is not read. */
const inboxFull = 2_000;

export interface ConnectionDeps {
  readonly feed: Feed;
  readonly decide: DecideSlice;
  readonly log: Logger;
  /** Whether the session still stands. */
  readonly alive: () => Promise<boolean>;
  /** Passes a presence message on to the others. */
  readonly relay: (message: Message) => void;
  readonly heartbeatMilliseconds: number;
}

export interface Session {
  readonly adminId: string;
  readonly device: string;
  readonly scope: string;
}

export interface SyncConnection {
  /** Presence from others. */
  deliver(message: Message): void;
}

const empty = '';

/** Serves the socket until it closes. */
export function serveConnection(socket: WebSocket, session: Session, deps: ConnectionDeps): SyncConnection {
  const { feed, log } = deps;
  const own = intentsDocument(session.device);
  const document = openIntentDocument();
  let ended = false;
  let heard = true;

  function send(message: Message, sent?: () => void): void {
    if (ended || socket.readyState !== socket.OPEN) return;
    socket.send(encodeMessage(message), (error) => {
      if (!error) sent?.();
    });
  }

  function control(told: Control): void {
    send({ kind: 'control', document: empty, payload: Buffer.from(JSON.stringify(told)) });
  }

  /** Says why, then closes. Nothing that comes later is read. */
  function end(error: unknown): void {
    if (ended) return;
    const { code } = failureOf(error);
    if (code === 'internal') log.error({ err: error }, 'a sync connection failed');
    control({ t: 'goodbye', code });
    ended = true;
    socket.close(1008, code);
  }

  const outlet = openOutlet(feed, {
    buffered: () => socket.bufferedAmount,
    send: (payload, sent) => {
      send({ kind: 'sync', document: feed.name, payload }, sent);
    },
  });

  const inbox = openInbox((intents) => deps.decide(session, intents), {
    drained: () => {
      if (inbox.size() < inboxFull) socket.resume();
    },
    failed: end,
  });

  function receiveSync({ document: name, payload }: Message): void {
    if (name !== own && name !== feed.name) throw new GatehouseError('document_refused');
    const message = decodeSync(payload);
    if (!message) throw new GatehouseError('frame_damaged');
    if (name === feed.name) {
      if (message.kind !== 'step1') throw new GatehouseError('document_refused');
      return outlet.begin(message.bytes);
    }
    if (message.kind === 'step1') {
      const bytes = document.answer(message.bytes);
      return send({ kind: 'sync', document: own, payload: encodeSync({ kind: 'step2', bytes }) });
    }
    inbox.push(document.apply(message.bytes));
    if (inbox.size() >= inboxFull) socket.pause();
  }

  function receive(data: RawData, binary: boolean): void {
    const message = binary ? decodeMessage(bytesOf(data)) : null;
    if (message?.kind === 'sync') return receiveSync(message);
    if (message?.kind !== 'awareness') throw new GatehouseError('frame_damaged');
    if (message.document !== presenceDocument) throw new GatehouseError('document_refused');
    if (message.payload.length > maxPresenceBytes) throw new GatehouseError('frame_damaged');
    deps.relay(message);
  }

  async function beat(): Promise<void> {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
    if (!(await deps.alive())) end(new GatehouseError('unauthenticated'));
  }

  const timer = setInterval(() => {
    // A database that is away for a moment ends nobody's session.
    beat().catch(() => undefined);
  }, deps.heartbeatMilliseconds);

  socket.on('message', (data, binary) => {
    heard = true;
    if (ended) return;
    try {
      receive(data, binary);
    } catch (error) {
      end(error);
    }
  });
  socket.on('pong', () => {
    heard = true;
  });
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a sync socket failed');
  });
  socket.on('close', () => {
    ended = true;
    clearInterval(timer);
    outlet.close();
    inbox.close();
    document.close();
  });

  control({
    t: 'welcome',
    protocol: protocolVersion,
    instance: feed.instance,
    scope: session.scope,
    ...feed.cursor(),
    feed: feed.name,
    intents: own,
  });
  return {
    deliver(message) {
      if (socket.bufferedAmount < maxMessageBytes) send(message);
    },
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
