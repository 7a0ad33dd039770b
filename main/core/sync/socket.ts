/** The socket under a link, as a port: a WebSocket, or whatever a simulation puts in its place. */
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** What a socket tells, each at any time until it is terminated. */
export interface SocketEvents {
  readonly onMessage: (bytes: Uint8Array) => void;
  /** A sign of life that carries nothing. */
  readonly onAlive: () => void;
  /** The server answered the upgrade with something else. */
  readonly onRefused: (status: number, text?: string, retryAfter?: string) => void;
  readonly onError: (cause: Error) => void;
  readonly onClose: () => void;
}

export interface Socket {
  isOpen(): boolean;
  send(bytes: Uint8Array): void;
  /** `payload`: what the desk says of itself. */
  ping(payload: string): void;
  terminate(): void;
}

export interface SocketAddress {
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** The subprotocol that is spoken. */
  readonly protocol: string;
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

/** The most of a refusal's body that is of interest, in characters. */
const maxRefusal = 16 * 1024;

async function readSome(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > maxRefusal) break;
  }
  return text;
}

export const dialWebSocket: Dial = ({ url, protocol, token, maxMessageBytes, openWithin }, events) => {
  const socket = new WebSocket(url, protocol, {
    headers: { authorization: `Bearer ${token}` },
    maxPayload: maxMessageBytes,
    handshakeTimeout: openWithin,
    perMessageDeflate: false,
  });
  socket.on('message', (data) => events.onMessage(bytesOf(data)));
  socket.on('pong', () => events.onAlive());
  socket.on('ping', () => events.onAlive());
  socket.on('unexpected-response', (_request, response) => {
    const { statusCode = 0, headers } = response;
    readSome(response).then(
      (text) => events.onRefused(statusCode, text, headers['retry-after']),
      () => events.onRefused(statusCode),
    );
  });
  socket.on('error', (cause) => events.onError(cause));
  socket.on('close', () => events.onClose());
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send: (bytes) => socket.send(bytes),
    ping: (payload) => socket.ping(payload),
    terminate: () => socket.terminate(),
  };
};
