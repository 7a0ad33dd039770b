/** The socket under a link, as a port: a WebSocket, or whatever a simulation puts in its place. */
import { WebSocket } from 'ws';

/** What a socket tells, each at any time until it is terminated. */
export interface SocketEvents {
  readonly onMessage: (bytes: Uint8Array) => void;
  /** A sign of life that carries nothing. */
  readonly onAlive: () => void;
  /** The server answered the upgrade with another status. */
  readonly onRefused: (status: number) => void;
  readonly onError: (cause: Error) => void;
  readonly onClose: () => void;
}

export interface Socket {
  isOpen(): boolean;
  send(bytes: Uint8Array): void;
  ping(): void;
  terminate(): void;
}

export interface SocketAddress {
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** The bearer token of the upgrade request. */
  readonly token: string;
  readonly maxMessageBytes: number;
  /** Milliseconds. */
  readonly openWithin: number;
}

export type Dial = (address: SocketAddress, events: SocketEvents) => Socket;

function bytesOf(data: WebSocket.RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

export const dialWebSocket: Dial = ({ url, token, maxMessageBytes, openWithin }, events) => {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    maxPayload: maxMessageBytes,
    handshakeTimeout: openWithin,
    perMessageDeflate: false,
  });
  socket.on('message', (data) => events.onMessage(bytesOf(data)));
  socket.on('pong', () => events.onAlive());
  socket.on('ping', () => events.onAlive());
  socket.on('unexpected-response', (_request, response) => {
    response.resume();
    events.onRefused(response.statusCode ?? 0);
  });
  socket.on('error', (cause) => events.onError(cause));
  socket.on('close', () => events.onClose());
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send: (bytes) => socket.send(bytes),
    ping: () => socket.ping(),
    terminate: () => socket.terminate(),
  };
};
