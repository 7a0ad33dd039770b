/** One authenticated sync socket: the feed out, the device's own intents in, presence among all; nothing else. */
import type { Logger } from 'pino';
import type { ErrorCode } from '../../domain/error-codes.ts';
import type { Cursor } from '../../domain/cursor.ts';
import { GatehouseError } from '../../domain/errors.ts';
import {
  decodeMessage,
  encodeMessage,
  intentsDocument,
  maxMessageBytes,
  type Control,
  type Message,
} from '../../domain/wire/sync.ts';
import { protocolVersion } from '../../domain/wire/protocol.ts';
import { decodeSync, encodeSync } from '../../domain/wire/y-sync.ts';
import type { DecideSlice } from '../decisions/authority.ts';
import { failureOf, isUnforeseen } from '../http/failures.ts';
import { RateLimited } from '../http/limit.ts';
import type { Refused } from '../quarantine/store.ts';
import type { Feed } from './feed.ts';
import { openInbox } from './inbox.ts';
import type { IntentDocument } from './intents.ts';
import { openOutlet } from './outlet.ts';
import type { DevicePace } from './pace.ts';
import { maxReadBytes, type SyncSocket } from './socket.ts';

/** The one document that everybody may write, and nobody stores. */
export const presenceDocument = 'presence';
const maxPresenceBytes = 16 * 1024;

/** What no desk sends: kept for the operator. */
const suspicious: readonly ErrorCode[] = [
  'frame_damaged',
  'frame_too_large',
  'document_refused',
  'invalid_input',
];
/** How long the other end may take to close, in milliseconds. */
const closeWithin = 1_000;

export interface ConnectionDeps {
  readonly feed: Feed;
  /** The device's own intents, new and empty. Closed with the connection. */
  readonly document: IntentDocument;
  readonly decide: DecideSlice;
  readonly log: Logger;
  /** What the device may still send. */
  readonly pace: DevicePace;
  /** Null while the session stands as it was when the socket was opened, else why it does not. */
  readonly objection: () => Promise<ErrorCode | null>;
  /** Passes a presence message on to the others. */
  readonly relay: (message: Message) => void;
  /** Keeps what was refused. */
  readonly quarantine: (refused: Refused) => void;
  readonly heartbeatMilliseconds: number;
  /** Told why it was ended from this side, for whoever counts. */
  readonly ended?: (code: ErrorCode) => void;
}

export interface Session {
  readonly adminId: string;
  readonly device: string;
  readonly scope: string;
}

/** What one connection holds back. */
export interface Held {
  /** Bytes that have not been sent. */
  readonly unsent: number;
  /** Bytes of intents that are not decided. */
  readonly undecided: number;
  readonly intents: number;
}

export interface SyncConnection {
  /** Presence from others. */
  deliver(message: Message): void;
  /** Looks whether the session still stands, and ends if not. */
  look(): void;
  /** What waits, either way. */
  held(): Held;
  /** What the device has been sent of the feed, all of it; null while it has not. */
  sent(): Cursor | null;
  /** Says why, then closes. */
  end(error: unknown): void;
}

const empty = '';

/** Serves the socket until it closes. */
export function serveConnection(socket: SyncSocket, session: Session, deps: ConnectionDeps): SyncConnection {
  const { feed, log, document, pace } = deps;
  const own = intentsDocument(session.device);
  let ended = false;
  let heard = true;
  let closing: NodeJS.Timeout | undefined;

  function send(message: Message, sent?: () => void): void {
    if (!ended && socket.isOpen()) socket.send(encodeMessage(message), sent);
  }

  function control(told: Control): void {
    send({ kind: 'control', document: empty, payload: Buffer.from(JSON.stringify(told)) });
  }

  /** Nothing that comes later is read, and nothing more is sent. */
  function end(error: unknown): void {
    if (ended) return;
    const { code } = failureOf(error);
    if (isUnforeseen(error)) log.error({ err: error }, 'a sync connection failed');
    const later = error instanceof RateLimited ? { retryAfter: error.retryAfter } : {};
    control({ t: 'goodbye', code, ...later });
    deps.ended?.(code);
    ended = true;
    outlet.close();
    inbox.close();
    socket.close(1008, code);
    closing = setTimeout(() => socket.terminate(), closeWithin);
  }

  /** Where a decision could not be taken because the session has gone, says what has become of it. */
  function explain(error: unknown): void {
    deps.objection().then(
      (code) => end(code ? new GatehouseError(code) : error),
      () => end(error),
    );
  }

  const outlet = openOutlet(feed, {
    buffered: () => socket.buffered(),
    send: (payload, sent) => {
      send({ kind: 'sync', document: feed.name, payload }, sent);
    },
  });

  const inbox = openInbox((intents) => deps.decide(session, intents), {
    drained: () => {
      if (!inbox.full()) socket.resume();
    },
    failed: explain,
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
    inbox.push(document.apply(message.bytes), message.bytes.length);
    if (inbox.full()) socket.pause();
  }

  function receivePresence(message: Message): void {
    if (message.document !== presenceDocument) throw new GatehouseError('document_refused');
    if (message.payload.length > maxPresenceBytes) throw new GatehouseError('frame_damaged');
    // Who is present is news for a moment: what comes too fast is let go.
    if (pace.presence.take(1) === 0) deps.relay(message);
  }

  function receive(message: Message | null): void {
    if (message?.kind === 'sync') return receiveSync(message);
    if (message?.kind === 'awareness') return receivePresence(message);
    throw new GatehouseError('frame_damaged');
  }

  function checkPace(bytes: number): void {
    const wait = Math.max(pace.frames.take(1), pace.bytes.take(bytes));
    if (wait > 0) throw new RateLimited(wait);
  }

  function receiveFrame(frame: Uint8Array, binary: boolean): void {
    const message = binary ? decodeMessage(frame) : null;
    try {
      checkPace(frame.length);
      if (frame.length > maxMessageBytes) throw new GatehouseError('frame_too_large');
      receive(message);
    } catch (error) {
      const { code } = failureOf(error);
      const { device, adminId } = session;
      if (suspicious.includes(code)) {
        deps.quarantine({ device, adminId, code, frame, document: message?.document ?? null });
      }
      end(error);
    }
  }

  function refuseUnread(): void {
    const { device, adminId } = session;
    const code = 'frame_too_large';
    const unread = { frame: new Uint8Array(), atLeast: maxReadBytes + 1, document: null };
    deps.quarantine({ device, adminId, code, ...unread });
    end(new GatehouseError(code));
  }

  function look(): void {
    deps.objection().then(
      (code) => {
        if (code) end(new GatehouseError(code));
      },
      // A database that is away for a moment ends nobody's session.
      () => undefined,
    );
  }

  const timer = setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
    look();
  }, deps.heartbeatMilliseconds);

  socket.listen({
    message(frame, binary) {
      heard = true;
      if (!ended) receiveFrame(frame, binary);
    },
    tooLarge() {
      if (!ended) refuseUnread();
    },
    pong() {
      heard = true;
    },
    error(error) {
      log.debug({ err: error }, 'a sync socket failed');
    },
    close() {
      ended = true;
      clearInterval(timer);
      clearTimeout(closing);
      outlet.close();
      inbox.close();
      document.close();
    },
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
      if (socket.buffered() < maxMessageBytes) send(message);
    },
    look,
    held: () => ({ unsent: socket.buffered(), undecided: inbox.waiting(), intents: inbox.count() }),
    sent: () => (outlet.complete() ? feed.cursor() : null),
    end,
  };
}
