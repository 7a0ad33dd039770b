/** The one WebSocket to the server: authenticated by its upgrade, checked frame by frame, and never silently dead. */
import { GatehouseError } from '../../../domain/errors.ts';
import { adminPaths } from '../../../domain/wire/admin.ts';
import { syncProtocol, unreadable } from '../../../domain/wire/protocol.ts';
import {
  controlSchema,
  decodeMessage,
  encodeMessage,
  maxMessageBytes,
  type Control,
  type Message,
} from '../../../domain/wire/sync.ts';
import type { Clock } from '../ports.ts';
import { refusalOf, refusalOfAnswer } from './refusal.ts';
import type { Dial } from './socket.ts';

/** A connection that is silent for `silence` is dead; `beat` says how often it is asked. Milliseconds. */
const beat = 3_000;
const silence = 9_000;

export interface LinkNeeds {
  readonly server: string;
  readonly token: string;
  readonly dial: Dial;
  readonly clock: Clock;
  /** What the desk says of itself with each beat. */
  readonly report: () => string;
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

/** Opens the socket. Everything that ends it ends in `onEnd`, a refused upgrade too. */
export function openLink(needs: LinkNeeds): Link {
  const { server, token, dial, clock, report, onControl, onMessage, onEnd } = needs;
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
      if (socket.isOpen()) socket.ping(report());
      return listen();
    });
  };

  const receive = (bytes: Uint8Array): void => {
    heard = clock.now();
    const message = decodeMessage(bytes);
    if (!message) return end(new GatehouseError(unreadable(bytes)));
    if (message.kind !== 'control') return onMessage(message);
    const control = parseControl(message.payload);
    if (!control) return end(new GatehouseError('frame_damaged'));
    if (control.t === 'goodbye') return end(refusalOf(control.code, 'offline', control.retryAfter));
    return onControl(control);
  };

  const socket = dial(
    {
      url: `${server.replace(/^http/, 'ws')}${adminPaths.sync}`,
      protocol: syncProtocol,
      token,
      maxMessageBytes,
      openWithin: silence,
    },
    {
      onMessage: (bytes) => {
        if (!ended) receive(bytes);
      },
      onAlive: () => (heard = clock.now()),
      onRefused: (status, text = '', retryAfter) => end(refusalOfAnswer({ status, text, retryAfter })),
      onError: (cause) => end(new GatehouseError('offline', { cause })),
      onClose: () => end(new GatehouseError('offline')),
    },
  );
  listen();

  return {
    send: (message) => {
      if (!ended && socket.isOpen()) socket.send(encodeMessage(message));
    },
    end: (error = new GatehouseError('offline')) => end(error),
  };
}
