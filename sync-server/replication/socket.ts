/** The socket under a sync connection, as a port: a WebSocket, or what a test puts in its place. */
import type { RawData, WebSocket } from 'ws';
import { maxMessageBytes } from '../../domain/wire/sync.ts';

/** What is read at most: more than a message may have, so that one that is a little too large can be looked at and kept. */
export const maxReadBytes = 2 * maxMessageBytes;

/** The status with which `ws` closes by itself where a frame says that it has more than `maxPayload` (RFC 6455 §7.4.1). */
const tooLargeStatus = 1009;

/** Whether the listener of too large frames has been told: there is an orderly end under way. */
export function wasTold(error: Error): boolean {
  return 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
}

export interface SocketEvents {
  readonly message: (frame: Uint8Array, binary: boolean) => void;
  /** A frame had more than is read; nothing of it was. */
  readonly tooLarge: () => void;
  readonly pong: () => void;
  readonly error: (error: Error) => void;
  readonly close: () => void;
}

export interface SyncSocket {
  listen(events: SocketEvents): void;
  isOpen(): boolean;
  /** Bytes that wait to be sent. */
  buffered(): number;
  /** `sent` is called once the bytes have left. */
  send(bytes: Uint8Array, sent?: () => void): void;
  ping(): void;
  /** Stops reading, and goes on. */
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** `ws` tells of such a frame only once it has closed, when nothing more can be said: so the telling hangs on its close. */
function onTooLarge(socket: WebSocket, told: () => void): void {
  const close = socket.close.bind(socket);
  socket.close = (status, reason) => {
    // A reason comes from the other end, or from us.
    if (status === tooLargeStatus && reason === undefined) told();
    close(status, reason);
  };
}

export function webSocket(socket: WebSocket): SyncSocket {
  return {
    listen({ message, tooLarge, pong, error, close }) {
      socket.on('message', (data, binary) => message(bytesOf(data), binary));
      onTooLarge(socket, tooLarge);
      socket.on('pong', pong);
      socket.on('error', error);
      socket.on('close', close);
    },
    isOpen: () => socket.readyState === socket.OPEN,
    buffered: () => socket.bufferedAmount,
    send(bytes, sent) {
      socket.send(bytes, (error) => {
        if (!error) sent?.();
      });
    },
    ping: () => socket.ping(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
