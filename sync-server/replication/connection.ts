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
import type { DecideSlice } from '../decisions/authority.ts';
import { failureOf, isUnforeseen } from '../http/failures.ts';
import { RateLimited } from '../http/limit.ts';
import type { Refused } from '../quarantine/store.ts';
import type { Feed } from './feed.ts';
import { startHeartbeat } from './heartbeat.ts';
import { openInbox } from './inbox.ts';
import type { IntentDocument } from './intents.ts';
import { openOutlet } from './outlet.ts';
import type { DevicePace } from './pace.ts';
import { createReception } from './reception.ts';
import { maxReadBytes, type SyncSocket } from './socket.ts';

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
  const { feed, log, document } = deps;
  const own = intentsDocument(session.device);
  let ended = false;
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

  const receive = createReception({
    feed,
    own,
    document,
    pace: deps.pace,
    outlet,
    inbox,
    send,
    relay: deps.relay,
    full: () => socket.pause(),
  });

  function keep(refused: Omit<Refused, 'device' | 'adminId'>): void {
    deps.quarantine({ device: session.device, adminId: session.adminId, ...refused });
  }

  function receiveFrame(frame: Uint8Array, binary: boolean): void {
    const message = binary ? decodeMessage(frame) : null;
    try {
      receive(frame, message);
    } catch (error) {
      const { code } = failureOf(error);
      if (suspicious.includes(code)) keep({ code, frame, document: message?.document ?? null });
      end(error);
    }
  }

  function refuseUnread(): void {
    const code = 'frame_too_large';
    keep({ code, frame: new Uint8Array(), atLeast: maxReadBytes + 1, document: null });
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

  const heartbeat = startHeartbeat(socket, deps.heartbeatMilliseconds, look);

  socket.listen({
    message(frame, binary) {
      heartbeat.heard();
      if (!ended) receiveFrame(frame, binary);
    },
    tooLarge() {
      if (!ended) refuseUnread();
    },
    pong: () => heartbeat.heard(),
    error(error) {
      log.debug({ err: error }, 'a sync socket failed');
    },
    close() {
      ended = true;
      heartbeat.stop();
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
