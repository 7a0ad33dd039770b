/**
 * The server's gateway API as this agent calls it. Every wait has an end of its own: an answer that does not come when
 * it is due, or a body that stops midway, counts as a stalled connection, which is dropped and dialled anew.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { KeyObject } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { formatCursor } from '../../domain/cursor.ts';
import type { Cursor } from '../../domain/cursor.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { envelopeHeader, signatureHeader } from '../../domain/wire/gateway.ts';
import type { Ack, Envelope } from '../../domain/wire/gateway.ts';
import { createStallGuard } from './stall.ts';
import type { StallGuard } from './stall.ts';
import type { Token } from './token.ts';
import { pickKey, verifyAnswer } from './verify.ts';

/** An answer whose signature and body were found right. */
export interface Answer {
  readonly envelope: Envelope;
  readonly body: Buffer;
}

export interface ServerClient {
  snapshot(signal: AbortSignal): Promise<Answer>;
  /** Null where the server no longer has what follows the cursor (410): a snapshot is due. */
  changes(after: Cursor, signal: AbortSignal): Promise<Answer | null>;
  /** False where the server holds something else at that cursor (409 or 410): a snapshot is due. */
  acknowledge(ack: Ack, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

export interface ClientOptions {
  /** The server's address, e.g. `https://portal.example.com`. */
  readonly server: string;
  readonly token: Token;
  /** Seconds that the server may hold a `changes` request open. */
  readonly waitSeconds: number;
  /** Seconds after which a connection that owes news counts as stalled. */
  readonly stallSeconds: number;
}

const unzip = promisify(gunzip);
/** A snapshot of 1,000,000 keys has 122 MB. */
const largestBody = 1024 * 1024 * 1024;
/** Making a large snapshot takes the server some time before the first byte. */
const snapshotSeconds = 30;
/**
 * A server that is slow rather than gone gets more time after each stall, so that retries do not add to its load; answers
 * in time bring the allowance back.
 */
const mostPatience = 8;
/** What delays no news may take longer. */
const answerSeconds = 5;

export function createClient({ server, token, waitSeconds, stallSeconds }: ClientOptions): ServerClient {
  const base = `${server.replace(/\/+$/, '')}/api/gateway/v1`;
  const dispatcher = new Agent({
    connections: 4,
    connect: { timeout: answerSeconds * 1000 },
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let key: KeyObject | null = null;
  let patience = 1;

  /** One call; `dueSeconds` until its first byte. The body is read to its end, with its own guard against stalls. */
  async function call(
    path: string,
    dueSeconds: number,
    signal: AbortSignal,
    options: Partial<Dispatcher.RequestOptions> = {},
  ): Promise<{ status: number; header: (name: string) => string; body: Buffer }> {
    const guard = createStallGuard(signal);
    try {
      guard.expect(dueSeconds);
      const response = await request(`${base}${path}`, {
        dispatcher,
        signal: guard.signal,
        ...options,
        headers: {
          authorization: `Bearer ${token.text}`,
          'accept-encoding': 'gzip',
          ...(options.body ? { 'content-type': 'application/json' } : {}),
        },
      });
      const raw = await readBody(response.body, guard, answerSeconds);
      const header = (name: string): string => String(response.headers[name] ?? '');
      const body =
        header('content-encoding') === 'gzip' ? await unzip(raw, { maxOutputLength: largestBody }) : raw;
      return { status: response.statusCode, header, body };
    } catch (cause) {
      if (cause instanceof GatehouseError) throw cause;
      if (guard.reason() !== null) patience = Math.min(mostPatience, patience * 2);
      throw new GatehouseError('server_unreachable', { message: guard.reason() ?? reason(cause), cause });
    } finally {
      guard.done();
    }
  }

  /** A signed answer, verified, or null for 410. */
  async function signed(path: string, dueSeconds: number, signal: AbortSignal): Promise<Answer | null> {
    const { status, header, body } = await call(path, dueSeconds, signal);
    if (status === 410) return null;
    if (status === 401 || status === 403) throw new GatehouseError(refusalIn(body));
    if (status !== 200) throw unexpected(status);
    key ??= await fetchKey(signal);
    const answer = { envelope: header(envelopeHeader), signature: header(signatureHeader), body };
    return { envelope: verifyAnswer(answer, key, token.fingerprint), body };
  }

  async function fetchKey(signal: AbortSignal): Promise<KeyObject> {
    const { status, body } = await call('/keys', answerSeconds, signal);
    if (status !== 200) throw unexpected(status);
    return pickKey(parseJson(body), token.fingerprint);
  }

  return {
    async snapshot(signal) {
      const answer = await signed('/snapshot', snapshotSeconds, signal);
      if (!answer) throw unexpected(410);
      return answer;
    },
    async changes(after, signal) {
      const query = new URLSearchParams({ after: formatCursor(after), wait: String(waitSeconds) });
      const due = waitSeconds + stallSeconds * patience;
      const answer = await signed(`/changes?${query.toString()}`, due, signal);
      patience = Math.max(1, patience * 0.9);
      return answer;
    },
    async acknowledge(ack, signal) {
      const { status } = await call('/ack', answerSeconds, signal, {
        method: 'POST',
        body: JSON.stringify(ack),
      });
      if (status === 409 || status === 410) return false;
      if (status < 200 || status > 299) throw unexpected(status);
      return true;
    },
    close: () => dispatcher.destroy(),
  };
}

async function readBody(body: AsyncIterable<Buffer>, guard: StallGuard, seconds: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  guard.expect(seconds);
  for await (const chunk of body) {
    guard.expect(seconds);
    length += chunk.length;
    if (length > largestBody) throw new GatehouseError('body_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

/** A token that was good once is told apart, so that its operator knows what to do. */
function refusalIn(body: Buffer): 'gateway_refused' | 'gateway_token_revoked' {
  const said = z.object({ code: z.literal('gateway_token_revoked') }).safeParse(parseJson(body));
  return said.success ? said.data.code : 'gateway_refused';
}

function unexpected(status: number): GatehouseError {
  return new GatehouseError('server_unreachable', { message: `The server answers ${status}.` });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : 'The server cannot be reached.';
}
