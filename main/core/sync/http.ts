/** The Admin API as the desk uses it. Answers are parsed; failures come back with the server's own code. */
import { request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { formatCursor, type Cursor } from '../../../domain/cursor.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Lineage } from '../../../domain/lineage.ts';
import type { Intent } from '../../../domain/intents.ts';
import { adminPaths, decisionsResponseSchema, epochsResponseSchema } from '../../../domain/wire/admin.ts';
import { changesPageSchema, type ChangesPage } from '../../../domain/wire/frames.ts';
import { manifestSchema, type Chunk, type Manifest } from '../../../domain/wire/snapshot.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import { refusalOfAnswer } from './refusal.ts';

/** The most frames that the desk asks for in one page. */
const pageFrames = 200;
/** How long the server may take to begin, and then to go on, in milliseconds. */
const patience = 15_000;

async function problem({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<GatehouseError> {
  const { 'retry-after': retryAfter } = headers;
  return refusalOfAnswer({
    status: statusCode,
    text: await body.text(),
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
  });
}

export interface Call {
  readonly url: string;
  readonly token?: string;
  /** Sent as JSON by POST; GET without it. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Carries it; the process's own where it is left out. */
  readonly dispatcher?: Dispatcher;
}

/** A successful answer. Throws the server's code, or `offline`. */
export async function call({ url, token, body, signal, dispatcher }: Call): Promise<Dispatcher.ResponseData> {
  const response = await request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
    ...(dispatcher ? { dispatcher } : {}),
    headersTimeout: patience,
    bodyTimeout: patience,
  }).catch((cause: unknown) => {
    throw new GatehouseError('offline', { cause });
  });
  if (response.statusCode < 200 || response.statusCode > 299) throw await problem(response);
  return response;
}

/** An answer as JSON. Throws the server's code, `offline`, or `frame_damaged` for what is not of that shape. */
export async function callJson<T>(schema: z.ZodType<T>, what: Call): Promise<T> {
  const { body } = await call(what);
  const value: unknown = await body.json().catch((cause: unknown) => {
    throw new GatehouseError('offline', { cause });
  });
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new GatehouseError('frame_damaged', { cause: parsed.error });
  return parsed.data;
}

/** What replication asks for. */
export interface AdminApi {
  manifest(): Promise<Manifest>;
  chunk(snapshot: string, chunk: Chunk): Promise<Uint8Array>;
  changes(after: Cursor): Promise<ChangesPage>;
  decide(intents: readonly Intent[]): Promise<readonly Outcome[]>;
  /** The epochs that the server's history has come through. */
  epochs(): Promise<Lineage>;
}

export function adminApi(
  server: string,
  token: string,
  signal: AbortSignal,
  dispatcher: Dispatcher,
): AdminApi {
  const at = (path: string): Call => ({ url: `${server}${path}`, token, signal, dispatcher });
  return {
    manifest: () => callJson(manifestSchema, at(adminPaths.snapshot)),
    chunk: async (snapshot, chunk) => {
      const { body } = await call(at(adminPaths.chunk(snapshot, chunk.number)));
      return body.bytes().catch((cause: unknown) => {
        throw new GatehouseError('offline', { cause });
      });
    },
    changes: (after) =>
      callJson(
        changesPageSchema,
        at(`${adminPaths.changes}?after=${formatCursor(after)}&limit=${pageFrames}`),
      ),
    decide: async (intents) =>
      (
        await callJson(decisionsResponseSchema, {
          ...at(adminPaths.decisions),
          body: { intents },
        })
      ).outcomes,
    epochs: async () => (await callJson(epochsResponseSchema, at(adminPaths.epochs))).epochs,
  };
}
