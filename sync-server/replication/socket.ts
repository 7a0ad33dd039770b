/** The socket under a sync connection, as a port: a WebSocket, or what a test puts in its place. */
import type { RawData, WebSocket } from 'ws';

export interface SocketEvents {
  readonly message: (frame: Uint8Array, binary: boolean) => void;
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

export function webSocket(socket: WebSocket): SyncSocket {
  return {
    listen({ message, pong, error, close }) {
      socket.on('message', (data, binary) => message(bytesOf(data), binary));
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
