/** One page's WebSocket: the token first, then calls and events. Nothing that a page sends can end the desk. */
import { timingSafeEqual } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { deskEvents } from '../../domain/desk/api.ts';
import {
  pageMessageSchema,
  wrongTokenClose,
  type HostMessage,
  type PageMessage,
} from '../../domain/desk/loopback.ts';
import type { Result } from '../../domain/errors.ts';
import type { OpenDesk } from '../core/desk.ts';
import { dispatch } from '../core/handlers/answer.ts';

/** How long a page may take to say its token, in milliseconds. */
const patience = 5_000;
/** RFC 6455: policy violation, for messages that no page of ours sends. */
const notOurs = 1008;

function parse(data: RawData): PageMessage | null {
  try {
    const text = Array.isArray(data)
      ? Buffer.concat(data).toString()
      : Buffer.from(data as Buffer).toString();
    return pageMessageSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function sameToken(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A result as the message's schema has it. */
function wire(result: Result<unknown>): Extract<HostMessage, { t: 'answer' }>['result'] {
  if (result.ok) return result;
  const { fields, ...failure } = result.failure;
  return { ok: false, failure: { ...failure, ...(fields ? { fields: [...fields] } : {}) } };
}

/** Serves `socket` until it closes. */
export function servePage(
  socket: WebSocket,
  desk: Pick<OpenDesk, 'handlers' | 'events'>,
  token: string,
): void {
  let welcome = false;
  const stops: (() => void)[] = [];
  const send = (message: HostMessage): void => socket.send(JSON.stringify(message), () => undefined);
  const tooLate = setTimeout(() => socket.close(wrongTokenClose), patience);

  const hello = (given: string): void => {
    clearTimeout(tooLate);
    if (!sameToken(given, token)) return socket.close(wrongTokenClose);
    welcome = true;
    for (const event of deskEvents) {
      stops.push(desk.events.subscribe(event, (payload) => send({ t: 'event', event, payload })));
    }
    return send({ t: 'ready' });
  };

  const receive = async (message: PageMessage | null): Promise<void> => {
    if (message?.t === 'hello' && !welcome) return hello(message.token);
    if (!welcome) return socket.close(wrongTokenClose);
    if (message?.t !== 'call') return socket.close(notOurs);
    const result = await dispatch(desk.handlers, message.call, message.input);
    return send({ t: 'answer', id: message.id, result: wire(result) });
  };

  socket.on('message', (data) => void receive(parse(data)));
  // A broken frame closes the socket by itself; without a listener it would end the process.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(tooLate);
    for (const stop of stops) stop();
  });
}
