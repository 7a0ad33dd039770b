/** The sync socket's address: who may connect, and who is connected. */
import websocket from '@fastify/websocket';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { adminPaths } from '../../domain/wire/admin.ts';
import { maxMessageBytes } from '../../domain/wire/sync.ts';
import { adminOnly, deviceSessionOf } from '../admins/access.ts';
import { liveSession } from '../admins/sessions.ts';
import { withOrigin } from '../changelog/origin.ts';
import type { Deps } from '../config/deps.ts';
import { isoTime } from '../config/deps.ts';
import type { DecideSlice } from '../decisions/authority.ts';
import { allowedOrigins, refuseForeignOrigin } from '../tenancy/origins.ts';
import { serveConnection, type SyncConnection } from './connection.ts';
import type { Feed } from './feed.ts';

export interface SyncDeps extends Pick<Deps, 'db' | 'clock' | 'log' | 'config'> {
  readonly feed: Feed;
  readonly decide: DecideSlice;
  readonly heartbeatMilliseconds?: number;
}

const heartbeat = 15_000;

export function syncRoute(deps: SyncDeps): FastifyPluginAsync {
  const { db, clock, config, feed, decide, heartbeatMilliseconds = heartbeat } = deps;
  const allowed = allowedOrigins(config.publicUrl, config.corsOrigins);
  const connections = new Set<SyncConnection>();

  /** A page of another site must not open a socket, even with a token that it came by. */
  const checkOrigin = async ({ host, headers }: FastifyRequest): Promise<void> => {
    refuseForeignOrigin({ method: 'POST', host, headers }, allowed);
  };

  const checkDevice = async (request: FastifyRequest): Promise<void> => {
    const { device } = deviceSessionOf(request);
    await db
      .updateTable('devices')
      .set({ seenAt: isoTime(clock()) })
      .where('id', '=', device)
      .execute();
  };

  return async (app) => {
    await app.register(websocket, { options: { maxPayload: maxMessageBytes } });
    app.route({
      method: 'GET',
      url: adminPaths.sync,
      websocket: true,
      onRequest: [checkOrigin, adminOnly(deps), checkDevice],
      handler(socket, request) {
        const { admin, device, scope } = deviceSessionOf(request);
        const connection = serveConnection(
          socket,
          { adminId: admin.id, device, scope },
          {
            feed,
            decide: (from, intents) =>
              withOrigin({ address: request.ip, requestId: request.id }, () => decide(from, intents)),
            log: deps.log,
            heartbeatMilliseconds,
            alive: async () => (await liveSession(deps, admin.id, device)) !== null,
            relay: (message) => {
              for (const other of connections) if (other !== connection) other.deliver(message);
            },
          },
        );
        connections.add(connection);
        socket.on('close', () => connections.delete(connection));
      },
    });
  };
}
