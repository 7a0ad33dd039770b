/**
 * One way to call the server: same origin, cookies, JSON, answers parsed by their schema. Where the session has run out
 * it is refreshed once, however many calls notice at the same time, and each of them is tried once more.
 */
import { failure } from '../../../domain/errors.ts';
import type { z } from 'zod';
import { bad, failureOf, good, type Answer, type Told } from './answer.ts';

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the portal's prefix: `/api/v2/products`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** For answers that come in several forms. */
  readonly accept?: string;
}

export interface Client {
  /** A call whose answer has a body. */
  ask<T>(schema: z.ZodType<T>, call: Call): Promise<Answer<T>>;
  /** The same where there may be none: 204 is null. */
  askMaybe<T>(schema: z.ZodType<T>, call: Call): Promise<Answer<T | null>>;
  /** A call whose answer is nobody's business. */
  tell(call: Call): Promise<Answer<null>>;
}

export interface ClientOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Empty, or `/portals/<name>`. */
  readonly prefix: string;
  /** The session has ended: it could not be refreshed. */
  readonly onEnded?: () => void;
}

export const refreshPath = '/api/v2/developer/refresh';

/** A 401 of these is their own answer; refreshing would not change it. */
const ownAnswer: ReadonlySet<string> = new Set([
  refreshPath,
  '/api/v2/developer',
  '/api/v2/developer/authenticate',
  '/api/v2/developer/logout',
  '/api/v2/developer/forgot-password',
  '/api/v2/developer/reset-password',
  '/api/v2/developer/verify-email',
]);

export function createClient({ fetch, prefix, onEnded }: ClientOptions): Client {
  let refreshing: Promise<boolean> | null = null;

  async function send(call: Call): Promise<Response | null> {
    const query = new URLSearchParams(
      Object.entries(call.query ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const address = `${prefix}${call.path}${query.size > 0 ? `?${query.toString()}` : ''}`;
    const json = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
    const headers = {
      accept: call.accept ?? 'application/json',
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    try {
      return await fetch(address, {
        method: call.method ?? 'GET',
        credentials: 'same-origin',
        headers,
        ...json,
      });
    } catch {
      return null;
    }
  }

  function refresh(): Promise<boolean> {
    refreshing ??= send({ method: 'POST', path: refreshPath })
      .then((response) => response?.ok === true)
      .finally(() => (refreshing = null));
    return refreshing;
  }

  async function request(call: Call): Promise<Answer<unknown>> {
    let response = await send(call);
    if (response?.status === 401 && !ownAnswer.has(call.path)) {
      if (await refresh()) response = await send(call);
      if (response?.status === 401) onEnded?.();
    }
    if (!response) return bad(failure('unreachable'));
    const body = await bodyOf(response);
    return response.ok ? good(body) : bad(withWait(failureOf(response.status, body), response));
  }

  return {
    async ask(schema, call) {
      const answer = await request(call);
      return answer.ok ? parsed(schema, answer.value) : answer;
    },
    async askMaybe(schema, call) {
      const answer = await request(call);
      if (!answer.ok) return answer;
      return answer.value === null ? good(null) : parsed(schema, answer.value);
    },
    async tell(call) {
      const answer = await request(call);
      return answer.ok ? good(null) : answer;
    },
  };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): Answer<T> {
  const result = schema.safeParse(value);
  return result.success ? good(result.data) : bad(failure('answer_unreadable'));
}

/** Null for an empty body, and for one that is no JSON: what it would have to be, the schema says. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => '');
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Says how long to wait instead of naming a header that nobody sees. */
function withWait(told: Told, response: Response): Told {
  if (told.code !== 'rate_limited') return told;
  const seconds = Number(response.headers.get('retry-after'));
  const minutes = Math.ceil(seconds / 60);
  const wait = !(seconds > 0)
    ? 'a few minutes'
    : seconds < 60
      ? `${Math.ceil(seconds)} seconds`
      : minutes === 1
        ? 'a minute'
        : `${minutes} minutes`;
  return { ...told, mend: `Wait ${wait}, then try again.` };
}
