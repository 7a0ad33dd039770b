/** An empty HTTP server with the manners that all features share. */
import cookie from '@fastify/cookie';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RouteOptions,
} from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { boundClosing } from './closing.ts';
import { errorHandler } from './failures.ts';
import { addSecurityHeaders } from './headers.ts';
import { addNotFound } from './methods.ts';
import { observeRequests } from './observe.ts';
import { rememberOrigins } from './origin.ts';
import { requestIds } from './request-id.ts';
import { refuseUnreadable } from './unreadable.ts';
import { webSocketsOnly } from './upgrades.ts';

/** Bodies are small; a route that takes more says so. */
export const bodyLimit = 256 * 1024;

/** How long a request may take to arrive, all of it, in milliseconds. Answers may take longer. */
const receiveMilliseconds = 60_000;
/** How long whoever is connected may take to go once the server closes. */
const closeMilliseconds = 2_000;

export interface HttpOptions {
  readonly log: FastifyBaseLogger;
  /** Whether people reach it over TLS. */
  readonly tls: boolean;
  /** What the router sees of an address; all of it by default. */
  readonly rewriteUrl?: (request: { readonly url?: string | undefined }) => string;
  /** Whose word about a client's address and a request's id counts: addresses or networks of balancers. */
  readonly trustedProxies?: readonly string[];
  readonly metrics?: Metrics;
  /** Told of every route as it is added. */
  readonly onRoute?: (route: RouteOptions) => void;
  readonly receiveMilliseconds?: number;
  readonly closeMilliseconds?: number;
}

/** How often Node looks for requests that have taken too long. */
const lookMilliseconds = 5_000;

export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { log, tls, rewriteUrl, trustedProxies = [], metrics } = options;
  const { receiveMilliseconds: receiveWithin = receiveMilliseconds } = options;
  const handleError = errorHandler(metrics?.failures);
  const upgrades = webSocketsOnly(rewriteUrl ?? (({ url = '/' }) => url));
  const unreadable = refuseUnreadable(log, metrics?.failures);
  const app: FastifyInstance = fastify({
    loggerInstance: log,
    bodyLimit,
    // From anybody else these headers are only what the client says of itself.
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    genReqId: requestIds(trustedProxies),
    // Its own lines name whole addresses; see observe.ts.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request' }),
    ...(rewriteUrl ? { rewriteUrl } : {}),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // Connections that wait for news are cut, so that closing does not wait for them.
    forceCloseConnections: true,
    http: {
      shouldUpgradeCallback: upgrades.wanted,
      // Node takes the smaller of the two for the headers: its own minute would change places with a shorter one.
      headersTimeout: receiveWithin,
      connectionsCheckingInterval: Math.min(lookMilliseconds, receiveWithin),
    },
    requestTimeout: receiveWithin,
    clientErrorHandler: unreadable.refuse,
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
  });
  // JSON only; a plain text would reach handlers as a string.
  app.removeContentTypeParser('text/plain');
  unreadable.watch(app);
  upgrades.watch(app);
  boundClosing(app, options.closeMilliseconds ?? closeMilliseconds);
  addNotFound(app);
  if (options.onRoute) app.addHook('onRoute', options.onRoute);
  app.setErrorHandler(handleError);
  addSecurityHeaders(app, tls);
  rememberOrigins(app);
  observeRequests(app, metrics);
  await app.register(cookie);
  return app;
}
