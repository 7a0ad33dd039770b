/** Sends a call on to its upstream and the answer back, both bodies streamed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { pathBelow } from '../state/paths.ts';
import { endToEnd, headerPairs, upstreamHeaders } from './headers.ts';
import type { Pair } from './headers.ts';

export interface Route {
  /** Where the service is, e.g. `http://127.0.0.1:9000/base`. */
  readonly upstream: string;
  readonly prefix: string;
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  readonly application: string | null;
}

/**
 * Resolves once the answer is through. Rejects where the upstream gave none: nothing was written to `outgoing` then. An
 * upstream that breaks off midway breaks the client's connection off too, so that half an answer never looks whole.
 */
export async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  route: Route,
  dispatcher: Dispatcher,
): Promise<void> {
  const abort = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) abort.abort();
  });
  const upstream = await dispatcher.request({
    ...target(route),
    method: incoming.method ?? 'GET',
    headers: upstreamHeaders(headerPairs(incoming.rawHeaders), {
      application: route.application,
      client: incoming.socket.remoteAddress ?? '',
    }),
    body: hasBody(incoming) ? incoming : null,
    signal: abort.signal,
  });
  try {
    outgoing.writeHead(upstream.statusCode, clientHeaders(upstream.headers));
    await pipeline(upstream.body, outgoing);
  } catch {
    outgoing.destroy();
  }
}

/** The path goes on byte for byte as the client wrote it: decoding it here could change what it means there. */
function target({ upstream, prefix, path, query }: Route): { origin: string; path: string } {
  const { origin, pathname } = new URL(upstream);
  return { origin, path: pathname.replace(/\/+$/, '') + pathBelow(prefix, path) + query };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function clientHeaders(headers: Record<string, string | string[] | undefined>): string[] {
  const pairs = Object.entries(headers).flatMap(([name, value]): Pair[] =>
    [value ?? []].flat().map((one): Pair => [name, one]),
  );
  return endToEnd(pairs).flat();
}
