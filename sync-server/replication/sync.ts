/** The sync socket's address: who may connect, and who is connected. */
import websocket from '@fastify/websocket';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { GatehouseError } from '../../domain/errors.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { protocolObjection } from '../../domain/wire/protocol.ts';
import { adminOnly, deviceSessionOf } from '../admins/access.ts';
import { withOrigin } from '../changelog/origin.ts';
import type { Deps } from '../config/deps.ts';
import { isoTime } from '../config/deps.ts';
import type { DecideSlice } from '../decisions/authority.ts';
import type { Quarantine } from '../quarantine/store.ts';
import { allowedOrigins, refuseForeignOrigin } from '../tenancy/origins.ts';
import { serveConnection } from './connection.ts';
import type { Feed } from './feed.ts';
import type { Feeds } from './feeds.ts';
import { openIntentDocument } from './intents.ts';
import type { Reached } from './reached.ts';
import { keepReports } from './reports.ts';
import { maxReadBytes, wasTold, webSocket } from './socket.ts';
import { openSockets, socketLimits, type Load, type SocketLimits } from './sockets.ts';
import { objectionTo } from './standing.ts';

export interface SyncDeps extends Pick<
  Deps,
  'db' | 'outgrown' | 'clock' | 'log' | 'config' | 'wake' | 'metrics'
> {
  readonly feeds: Feeds;
  readonly decide: DecideSlice;
  readonly quarantine: Quarantine;
  readonly reached: Reached;
  readonly heartbeatMilliseconds?: number;
  /** Those that differ from the usual ones. */
  readonly limits?: Partial<SocketLimits>;
}

const heartbeat = 15_000;

export function syncRoute(deps: SyncDeps): FastifyPluginAsync {
  const { db, clock, config, feeds, decide, heartbeatMilliseconds = heartbeat } = deps;
  const allowed = allowedOrigins(config.publicUrl, config.corsOrigins);
  const counted = deps.metrics.sync;
  const sockets = openSockets(
    { ...socketLimits, ...deps.limits },
    () => performance.now(),
    (load) => countLoad(counted, load),
  );
  const reports = keepReports(counted.journal);
  const followed = new WeakMap<FastifyRequest, Feed>();

  /**
   * A page of another site must not open a socket, even with a token that it came by; nor one whose own name leads here, as
   * any may: no page of ours opens one by another name than those listed.
   */
  const checkOrigin = async ({ headers }: FastifyRequest): Promise<void> => {
    refuseForeignOrigin({ method: 'POST', host: null, headers }, allowed);
  };

  const checkDevice = async (request: FastifyRequest): Promise<void> => {
    const { device } = deviceSessionOf(request);
    const { socket } = request.raw;
    const leave = sockets.admit(device);
    if (socket.destroyed) leave();
    else socket.once('close', leave);
    await db
      .updateTable('devices')
      .set({ seenAt: isoTime(clock()), address: request.ip })
      .where('id', '=', device)
      .execute();
  };

  const checkProtocol = async ({ headers }: FastifyRequest): Promise<void> => {
    const objection = protocolObjection(headers['sec-websocket-protocol']);
    if (objection) throw new GatehouseError(objection);
  };

  /** The feed is there before the socket is; it is let go with the connection, whatever became of it. */
  const followFeed = async (request: FastifyRequest): Promise<void> => {
    const { feed, release } = await feeds.follow(deviceSessionOf(request).scope);
    followed.set(request, feed);
    const { socket } = request.raw;
    if (socket.destroyed) release();
    else socket.once('close', release);
  };

  const serve = (socket: WebSocket, request: FastifyRequest): void => {
    const opened = deviceSessionOf(request);
    const { admin, device, scope } = opened;
    const feed = followed.get(request);
    if (!feed) return socket.terminate();
    const session = { adminId: admin.id, device, scope: scope.name };
    const log = deps.log.child({ connection: request.id, device, actor: `admin:${admin.id}` });
    log.info('a sync connection opened');
    socket.on('close', (code) => log.info({ code }, 'a sync connection closed'));
    const connection = serveConnection(webSocket(socket), session, {
      feed,
      document: openIntentDocument(),
      decide: (from, intents) =>
        withOrigin({ address: request.ip, requestId: request.id }, () => decide(from, intents)),
      log,
      ended: (code) => counted.refused.inc({ code }),
      pace: sockets.paceOf(device),
      objection: () => objectionTo(deps, opened),
      relay: (message) => sockets.relay(session, message),
      quarantine: (refused) => deps.quarantine.keep(refused),
      heartbeatMilliseconds,
    });
    socket.on('close', sockets.add(session, connection));
    socket.on('ping', (payload) => reports.heard(device, payload));
    socket.on('close', () => reports.forget(device));
    deps.reached.watch(socket, device, () => connection.sent());
    // What changed while the socket was being opened went unheard.
    connection.look();
  };

  return async (app) => {
    const unsubscribe = deps.wake.sessions.subscribe((id) => sockets.look(id));
    app.addHook('onClose', async () => {
      unsubscribe();
      sockets.close();
    });
    await app.register(websocket, {
      options: { maxPayload: maxReadBytes },
      // Anybody can send what is no WebSocket frame: no reason to fill the log.
      errorHandler(error, socket) {
        deps.log.debug({ err: error }, 'a sync socket failed');
        if (!wasTold(error)) socket.terminate();
      },
    });
    app.route({
      method: 'GET',
      url: adminPaths.sync,
      websocket: true,
      onRequest: [checkOrigin, adminOnly(deps, 'product-owner'), checkProtocol, checkDevice, followFeed],
      handler: serve,
    });
  };
}

function countLoad(counted: Deps['metrics']['sync'], load: Load): void {
  counted.sockets.set(load.sockets);
  counted.waiting.set(load.unsent + load.undecided);
  counted.intents.set(load.intents);
  counted.unsent.set(load.unsent);
  counted.unsentLargest.set(load.unsentLargest);
}
