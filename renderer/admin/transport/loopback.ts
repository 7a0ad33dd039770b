/**
 * The desk over a WebSocket to 127.0.0.1. Calls made before the socket is ready wait for it; calls that are out when
 * it breaks answer with a failure, because nobody knows whether they were carried out; the pages then ask again.
 */
import type { z } from 'zod';
import type {
  Desk,
  DeskCall,
  DeskEvent,
  DeskEvents,
  DeskInput,
  DeskOutputs,
} from '../../../domain/desk/api.ts';
import {
  hostMessageSchema,
  type resultSchema,
  wrongTokenClose,
  type HostMessage,
  type PageMessage,
} from '../../../domain/desk/loopback.ts';
import { failure, type Result } from '../../../domain/errors.ts';
import type { Link, LinkState } from './link.ts';

/** The part of a WebSocket that is used, so that tests bring their own. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'addEventListener'>;

export interface LoopbackOptions {
  readonly open: () => Socket;
  /** The launch token, null where the page was opened without one. */
  readonly token: string | null;
  /** Milliseconds before attempt n (from 0) to connect again. */
  readonly backOff?: (attempt: number) => number;
}

/** A call that has no answer yet. */
interface Waiting {
  readonly call: DeskCall;
  readonly input: DeskInput<DeskCall>;
  readonly answer: (result: Result<unknown>) => void;
  sent: boolean;
}

const gone: Result<never> = { ok: false, failure: failure('desk_gone') };

const defaultBackOff = (attempt: number): number => Math.min(250 * 2 ** attempt, 5_000);

export function connectLoopback({ open, token, backOff = defaultBackOff }: LoopbackOptions): Link {
  const listeners: Record<DeskEvent, Set<(payload: unknown) => void>> = {
    session: new Set(),
    status: new Set(),
    changed: new Set(),
  };
  const stateListeners = new Set<(state: LinkState) => void>();
  const calls = new Map<number, Waiting>();
  let state: LinkState = token === null ? 'no-token' : 'connecting';
  let socket: Socket | null = null;
  let lastId = 0;
  let attempt = 0;

  function become(next: LinkState): void {
    if (state === next) return;
    state = next;
    for (const listener of stateListeners) listener(next);
  }

  function send(message: PageMessage): void {
    socket?.send(JSON.stringify(message));
  }

  function dispatch(id: number): void {
    const waiting = calls.get(id);
    if (!waiting || waiting.sent || state !== 'ready') return;
    waiting.sent = true;
    send({ t: 'call', id, call: waiting.call, input: waiting.input });
  }

  function failAll(): void {
    for (const [id, waiting] of calls) {
      calls.delete(id);
      waiting.answer(gone);
    }
  }

  function receive(message: HostMessage): void {
    switch (message.t) {
      case 'ready':
        attempt = 0;
        become('ready');
        for (const id of calls.keys()) dispatch(id);
        return;
      case 'answer': {
        const waiting = calls.get(message.id);
        calls.delete(message.id);
        waiting?.answer(plain(message.result));
        return;
      }
      case 'event':
        for (const listener of listeners[message.event]) listener(message.payload);
        return;
    }
  }

  function closed(code: number): void {
    socket = null;
    if (code === wrongTokenClose) become('refused');
    else if (state === 'ready') become('lost');
    if (state !== 'connecting') failAll();
    if (state !== 'refused') setTimeout(start, backOff(attempt++));
  }

  function start(): void {
    const opened = open();
    socket = opened;
    opened.addEventListener('open', () => send({ t: 'hello', token: token ?? '' }));
    opened.addEventListener('message', ({ data }) => {
      const message = parse(data);
      if (message) receive(message);
      else opened.close();
    });
    opened.addEventListener('close', ({ code }) => closed(code));
  }

  if (token !== null) start();

  const desk: Desk = {
    invoke<C extends DeskCall>(call: C, input: DeskInput<C>) {
      return new Promise<Result<DeskOutputs[C]>>((resolve) => {
        if (state === 'no-token' || state === 'refused' || state === 'lost') {
          resolve(gone);
          return;
        }
        const id = lastId++;
        // The host serves the one handler table, so an answer's value is what the table says for its call.
        const answer = (result: Result<unknown>): void => resolve(result as Result<DeskOutputs[C]>);
        calls.set(id, { call, input, answer, sent: false });
        dispatch(id);
      });
    },
    subscribe<E extends DeskEvent>(event: E, listener: (payload: DeskEvents[E]) => void) {
      // As for answers: the host's events are typed by the same table.
      const hear = (payload: unknown): void => listener(payload as DeskEvents[E]);
      listeners[event].add(hear);
      return () => listeners[event].delete(hear);
    },
  };
  return {
    desk,
    get state() {
      return state;
    },
    onState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
  };
}

function parse(data: unknown): HostMessage | null {
  try {
    return hostMessageSchema.parse(JSON.parse(String(data)));
  } catch {
    return null;
  }
}

/** The parsed answer without keys that hold `undefined`. */
function plain(result: z.infer<typeof resultSchema>): Result<unknown> {
  if (result.ok) return result;
  const { code, message, fields } = result.failure;
  return {
    ok: false,
    failure: { ...failure(code, { message, ...(fields ? { fields } : {}) }), mend: result.failure.mend },
  };
}
