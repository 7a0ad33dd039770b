/** What v2 lacks of the catalog, under `/api/gatehouse/v1`: how the portal looks, and what the Register button needs. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import type { portalViewSchema, versionViewSchema } from '../../domain/wire/portal.ts';
import type { Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { visitorOf, type Visitor } from '../developers/visitor.ts';
import { parse } from '../http/parse.ts';
import { hasMailPage } from '../mail/dev-page.ts';
import { strategiesOf } from '../portalapi/strategies.ts';
import { resolvePortal } from '../tenancy/portals.ts';
import { pathsOf } from './paths.ts';
import { themeOf } from './portal.ts';
import { visibleVersions } from './visible.ts';

const ofVersion = z.strictObject({ id: z.uuid() });

/** Registered below `/api/gatehouse/v1`. */
export function catalogViews(deps: Deps): FastifyPluginAsync {
  const { db, config } = deps;
  return async (app) => {
    app.get('/portal', async (request): Promise<z.infer<typeof portalViewSchema>> => {
      const portal = await resolvePortal(db, request);
      const { id, name, displayName, description, isPublic } = portal;
      const theme = themeOf(portal);
      return { id, name, displayName, description, isPublic, theme, mailPage: hasMailPage(config) };
    });

    app.get('/versions/:id', async (request) => {
      const { id } = parse(ofVersion, request.params);
      return versionView(db, await visitorOf(deps, request), id);
    });
  };
}

async function versionView(db: Db, visitor: Visitor, id: string): Promise<z.infer<typeof versionViewSchema>> {
  const version = await visibleVersions(db, visitor)
    .select(['versions.id', 'publications.registrationOpen', 'publications.autoApprove'])
    .select('publications.strategyId')
    .where('versions.id', '=', id)
    .executeTakeFirst();
  if (!version) throw new GatehouseError('not_found');
  const { registrationOpen, autoApprove } = version;
  const strategy = (await strategiesOf(db, [version]))(version);
  const paths = await pathsOf(db, visitor.portal.region, [id]);
  return {
    id,
    registrationOpen: registrationOpen && strategy !== undefined && !visitor.portal.isPublic,
    autoApprove,
    strategy: strategy ? { id: strategy.id, name: strategy.name, kind: strategy.kind } : null,
    paths: [...(paths.get(id) ?? [])],
  };
}
