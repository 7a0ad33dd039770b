/** Answers what never became a request: headers that cannot be read or are too large, and what arrives too slowly. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { ConnectionError, FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { failure } from '../../domain/errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { dataHeaders } from './headers.ts';
import { noRoute } from './observe.ts';
import { problemOf } from './problem.ts';

/** Node's names for what it refuses; anything else is malformed. */
const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_slow',
};

/** How long whoever was refused may take to read the answer, in milliseconds. */
const readWithin = 1_000;

function answerOf(code: ErrorCode): string {
  const id = randomUUID();
  const problem = problemOf(failure(code), id);
  const body = JSON.stringify(problem);
  const headers = {
    ...dataHeaders,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': id,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

export interface Unreadable {
  /** For Fastify's `clientErrorHandler`. */
  readonly refuse: (error: ConnectionError, socket: Socket) => void;
  /** Notes which answers are on their way, so that no refusal lands inside one. */
  watch(app: FastifyInstance): void;
}

export function refuseUnreadable(log: FastifyBaseLogger, failures?: Metrics['failures']): Unreadable {
  const answers = new WeakMap<Socket, ServerResponse>();
  return {
    refuse(error, socket) {
      const answer = answers.get(socket);
      const begun = answer?.headersSent === true && !answer.writableFinished;
      if (error.code === 'ECONNRESET' || begun || !socket.writable) return void socket.destroy();
      const code = codes[error.code] ?? 'request_malformed';
      log.debug({ err: error, code }, 'refused what is no request');
      failures?.inc({ route: noRoute, code });
      socket.setTimeout(readWithin, () => socket.destroy());
      socket.end(answerOf(code), () => socket.destroy());
    },
    watch(app) {
      app.server.on('request', (request, response) => answers.set(request.socket, response));
    },
  };
}
