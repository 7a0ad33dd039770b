/** Routes of `views.ts`. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Deps } from '../config/deps.ts';
import { signedIn } from '../developers/visitor.ts';
import { parse } from '../http/parse.ts';
import { applicationSummaries, applicationView } from './views.ts';

const ofApplication = z.strictObject({ id: z.uuid() });

/** Registered below `/api/gatehouse/v1`. */
export function applicationViews(deps: Deps): FastifyPluginAsync {
  return async (app) => {
    app.get('/applications', async (request) => ({
      applications: await applicationSummaries(deps.db, await signedIn(deps, request)),
    }));

    app.get('/applications/:id', async (request) => {
      const who = await signedIn(deps, request);
      return applicationView(deps, who, parse(ofApplication, request.params).id);
    });
  };
}
