/** The one WebSocket to the server: authenticated by its upgrade, checked frame by frame, and never silently dead. */
import { WebSocket } from 'ws';
import { errorCodes, type ErrorCode } from '../../../domain/error-codes.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { adminPaths } from '../../../domain/wire/admin.ts';
import {
  controlSchema,
  decodeMessage,
  encodeMessage,
  maxMessageBytes,
  type Control,
  type Message,
} from '../../../domain/wire/sync.ts';
import type { Clock } from '../ports.ts';

/** A connection that is silent for `silence` is dead; `beat` says how often it is asked. Milliseconds. */
const beat = 3_000;
const silence = 9_000;

export interface LinkNeeds {
  readonly server: string;
  readonly token: string;
  readonly clock: Clock;
  readonly onControl: (control: Control) => void;
  readonly onMessage: (message: Message) => void;
  /** Once: why it ended. */
  readonly onEnd: (error: GatehouseError) => void;
}

export interface Link {
  send(message: Message): void;
  /** Ends it; `onEnd` hears `error`, or `offline`. */
  end(error?: GatehouseError): void;
}

function parseControl(payload: Uint8Array): Control | null {
  try {
    return controlSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return null;
  }
}

function goodbyeCode(code: string): ErrorCode {
  return errorCodes.find((known) => known === code) ?? 'offline';
}

function bytesOf(data: WebSocket.RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** Opens the socket. Everything that ends it ends in `onEnd`, a refused upgrade too. */
export function openLink({ server, token, clock, onControl, onMessage, onEnd }: LinkNeeds): Link {
  const socket = new WebSocket(`${server.replace(/^http/, 'ws')}${adminPaths.sync}`, {
    headers: { authorization: `Bearer ${token}` },
    maxPayload: maxMessageBytes,
    handshakeTimeout: silence,
    perMessageDeflate: false,
  });
  let heard = clock.now();
  let ended = false;
  let stopBeat = (): void => undefined;

  const end = (error: GatehouseError): void => {
    if (ended) return;
    ended = true;
    stopBeat();
    socket.terminate();
    onEnd(error);
  };
  const listen = (): void => {
    stopBeat = clock.after(beat, () => {
      if (clock.now() - heard > silence) return end(new GatehouseError('offline'));
      if (socket.readyState === WebSocket.OPEN) socket.ping();
      return listen();
    });
  };

  const receive = (data: WebSocket.RawData): void => {
    heard = clock.now();
    const message = decodeMessage(bytesOf(data));
    if (!message) return end(new GatehouseError('frame_damaged'));
    if (message.kind !== 'control') return onMessage(message);
    const control = parseControl(message.payload);
    if (!control) return end(new GatehouseError('frame_damaged'));
    if (control.t === 'goodbye') return end(new GatehouseError(goodbyeCode(control.code)));
    return onControl(control);
  };

  socket.on('message', (data) => {
    if (!ended) receive(data);
  });
  socket.on('pong', () => (heard = clock.now()));
  socket.on('ping', () => (heard = clock.now()));
  socket.on('unexpected-response', (_request, response) => {
    response.resume();
    const { statusCode } = response;
    end(
      new GatehouseError(
        statusCode === 401 ? 'unauthenticated' : statusCode === 403 ? 'device_revoked' : 'offline',
      ),
    );
  });
  socket.on('error', (cause) => end(new GatehouseError('offline', { cause })));
  socket.on('close', () => end(new GatehouseError('offline')));
  listen();

  return {
    send: (message) => {
      if (!ended && socket.readyState === WebSocket.OPEN) socket.send(encodeMessage(message));
    },
    end: (error = new GatehouseError('offline')) => end(error),
  };
}
