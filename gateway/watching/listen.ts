/** `/healthz`, `/readyz` and `/metrics` of an agent: for programs on this machine, on a port of their own. */
import { createServer, type ServerResponse } from 'node:http';
import { errors } from '../../domain/error-codes.ts';
import { GatehouseError, failure } from '../../domain/errors.ts';
import type { AgentStatus } from '../agent.ts';
import { unready } from './health.ts';
import type { AgentMetrics } from './metrics.ts';

export interface WatchingPort {
  readonly port: number;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

/** Listens on loopback; 0 for any free port. @throws GatehouseError port_taken */
export async function listenForWatchers(
  wanted: number,
  metrics: AgentMetrics,
  status: () => AgentStatus,
): Promise<WatchingPort> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const reason = unready(status());
      if (reason === null) return sendJson(response, 200, { status: 'ready' });
      return sendJson(response, errors[reason].status, failure(reason));
    }
    if (path === '/metrics') {
      const { type, text } = await metrics.read(status());
      return send(response, 200, type, text);
    }
    return sendJson(response, errors.not_found.status, failure('not_found'));
  };

  const server = createServer((request, response) => {
    request.resume();
    const [path = ''] = (request.url ?? '').split('?');
    answer(path, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new GatehouseError('port_taken', { message: `Port ${wanted} is in use.`, cause }));
    });
    server.listen(wanted, loopback, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : wanted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
