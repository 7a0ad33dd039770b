/** All that one portal answers: the Portal API v2, what Gatehouse adds to it, and the pages. */
import type { FastifyPluginAsync } from 'fastify';
import { applicationRoutes } from './applications/routes.ts';
import { applicationViews } from './applications/view-routes.ts';
import { catalogRoutes } from './catalog/routes.ts';
import { catalogViews } from './catalog/views.ts';
import type { Deps } from './config/deps.ts';
import { developerRoutes } from './developers/routes.ts';
import { acceptEmptyForms } from './portalapi/bodies.ts';
import { guardOrigins } from './tenancy/guard.ts';
import { pageRoutes } from './tenancy/pages.ts';

export function portalRoutes(deps: Deps): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (api) => {
      await guardOrigins(api, deps.config);
      acceptEmptyForms(api);
      const v2 = { prefix: '/api/v2' };
      await api.register(developerRoutes(deps), v2);
      await api.register(catalogRoutes(deps), v2);
      await api.register(applicationRoutes(deps), v2);
      const more = { prefix: '/api/gatehouse/v1' };
      await api.register(catalogViews(deps), more);
      await api.register(applicationViews(deps), more);
    });
    await app.register(pageRoutes(deps.config));
  };
}
