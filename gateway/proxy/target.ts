/**
 * The built-in proxy: for development and small installations. It answers from the agent's own records, so a change is
 * enforced in the moment it is applied.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent } from 'undici';
import { errors } from '../../domain/error-codes.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { GatehouseError, failure } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import type { Target, TargetContext } from '../target.ts';
import { decide } from './decide.ts';
import { forward } from './forward.ts';
import { headerPairs, keyHeader, valuesOf } from './headers.ts';

export interface ProxyOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
  readonly now: () => number;
}

export interface ProxyTarget extends Target {
  readonly port: number;
}

/** Starts to listen; until there is verified state every call is answered 503. @throws GatehouseError port_taken */
export async function createProxyTarget(
  { host, port, log, now }: ProxyOptions,
  { held, enforced }: TargetContext,
): Promise<ProxyTarget> {
  const dispatcher = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 60_000, bodyTimeout: 300_000 });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { path, query } = splitUrl(incoming.url ?? '/');
    const keys = valuesOf(headerPairs(incoming.rawHeaders), keyHeader);
    const decision = decide(held(), { path, keys, now: now() });
    if (!decision.pass) {
      refuse(incoming, outgoing, decision.code);
      return;
    }
    const { service, prefix, application } = decision;
    if (service.upstream === null) {
      refuse(incoming, outgoing, 'upstream_unreachable');
      return;
    }
    try {
      await forward(
        incoming,
        outgoing,
        { upstream: service.upstream, prefix, path, query, application },
        dispatcher,
      );
    } catch (error) {
      if (outgoing.destroyed) return;
      log.warn({ service: service.name, reason: String(error) }, 'upstream unreachable');
      refuse(incoming, outgoing, 'upstream_unreachable');
    }
  }

  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new GatehouseError('port_taken', { message: `Port ${port} is in use.`, cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  log.info({ port: bound }, 'proxy listening');

  const meet = async (): Promise<void> => {
    enforced();
  };
  return {
    port: bound,
    load: meet,
    apply: meet,
    refresh: async () => undefined,
    health: () => ({ live: held() !== null, detail: `proxy on ${host}:${bound}` }),
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await dispatcher.destroy();
    },
  };
}

/** The path as it was sent, undecoded; also of a request that names a whole address. */
function splitUrl(url: string): { path: string; query: string } {
  const local = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const question = local.indexOf('?');
  if (question === -1) return { path: local || '/', query: '' };
  return { path: local.slice(0, question) || '/', query: local.slice(question) };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, code: ErrorCode): void {
  const { status } = errors[code];
  const body = JSON.stringify(failure(code));
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Key' } : {}),
  });
  outgoing.end(body);
  incoming.resume();
}
