/**
 * WebSockets are for the routes that take them. Whoever asks elsewhere to go over to another protocol is answered as if
 * they had not asked (RFC 9110 §7.8), on a connection like any other: one that had left HTTP would be nobody's, and stay.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { withoutQuery } from '../config/log.ts';

export interface Upgrades {
  /** Whether a request may leave HTTP; before any route is there, none may. */
  readonly wanted: (request: IncomingMessage) => boolean;
  /** Learns which routes take WebSockets; call it before any is added. */
  watch(app: FastifyInstance): void;
}

/** `rewrite` is what the router sees of an address. */
export function webSocketsOnly(rewrite: (request: IncomingMessage) => string): Upgrades {
  const paths = new Set<string>();
  return {
    wanted: (request) =>
      request.method === 'GET' &&
      request.headers.upgrade?.toLowerCase() === 'websocket' &&
      paths.has(withoutQuery(rewrite(request))),
    watch(app) {
      app.addHook('onRoute', ({ url, websocket }) => {
        if (websocket) paths.add(url);
      });
      const left = new WeakSet<IncomingMessage>();
      app.server.on('upgrade', (request) => left.add(request));
      // Before 24.9 Node lets every request leave that asks to, and nothing ends its connection once it is answered.
      app.addHook('onResponse', async ({ raw }) => {
        if (left.has(raw)) raw.socket.destroy();
      });
    },
  };
}
