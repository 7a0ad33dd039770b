/** All features' routes in one server, apart from listening: tests inject requests into it. */
import type { FastifyInstance, RouteOptions } from 'fastify';
import { adminPages } from './admins/pages.ts';
import { adminRoutes } from './admins/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import type { Deps } from './config/deps.ts';
import { createAuthority } from './decisions/authority.ts';
import { decisionRoutes } from './decisions/routes.ts';
import { erasureRoutes } from './erasure/routes.ts';
import { gatewayRoutes } from './gateways/routes.ts';
import { createHttp } from './http/server.ts';
import { mailPage } from './mail/dev-page.ts';
import { mailNotices } from './mail/notify.ts';
import { portalRoutes } from './portal.ts';
import { replicationRoutes } from './replication/routes.ts';
import type { ServerKey } from './signing/key.ts';
import { withoutPrefix } from './tenancy/prefix.ts';
import { watchingRoutes } from './watching/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

export interface AppDeps extends Deps {
  readonly key: ServerKey;
}

/** `onRoute` is told of every route as it is added. */
export async function buildApp(
  deps: AppDeps,
  onRoute?: (route: RouteOptions) => void,
): Promise<FastifyInstance> {
  const { log, config, metrics } = deps;
  const decide = createAuthority(deps, mailNotices(config, deps.mail));
  const app = await createHttp({
    log,
    tls: config.cookieSecure,
    rewriteUrl: withoutPrefix,
    trustedProxies: config.trustedProxies,
    metrics,
    ...(onRoute ? { onRoute } : {}),
  });
  await app.register(watchingRoutes(deps));
  await app.register(adminPages(deps));
  await app.register(adminRoutes(deps));
  await app.register(auditRoutes(deps));
  await app.register(erasureRoutes(deps));
  await app.register(decisionRoutes({ ...deps, decide }));
  await app.register(replicationRoutes({ ...deps, decide }));
  await app.register(gatewayRoutes(deps));
  await app.register(webhookRoutes(deps));
  await app.register(mailPage(deps));
  await app.register(portalRoutes(deps));
  return app;
}
