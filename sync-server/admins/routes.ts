/** The Admin API's own account: tokens, devices, who am I, sign out. */
import type { FastifyPluginAsync } from 'fastify';
import {
  adminPaths,
  enrolRequestSchema,
  tokenRequestSchema,
  type Enrolment,
  type Me,
  type TokenResponse,
} from '../../domain/wire/admin.ts';
import type { Deps } from '../config/deps.ts';
import { acceptFormBodies } from '../http/forms.ts';
import { createSharedLimit } from '../http/limit.ts';
import { networkOf } from '../http/network.ts';
import { parse } from '../http/parse.ts';
import { adminOnly, bearerToken, sessionOf } from './access.ts';
import { redeemCode } from './codes.ts';
import { enrolDevice } from './devices.ts';
import { peopleRoutes } from './people-routes.ts';
import { endSession, refreshSession } from './sessions.ts';

export function adminRoutes(deps: Deps): FastifyPluginAsync {
  const tokenTries = createSharedLimit(deps, 'token', 120, 60);
  return async (app) => {
    await app.register(async (scope) => {
      // JSON as everywhere, and forms as RFC 6749 has it.
      acceptFormBodies(scope);
      scope.post(adminPaths.token, async (request): Promise<TokenResponse> => {
        await tokenTries.use(networkOf(request.ip));
        const body = parse(tokenRequestSchema, request.body);
        if (body.grant_type === 'refresh_token') return refreshSession(deps, body.refresh_token);
        const { code, code_verifier: verifier, redirect_uri: redirectUri } = body;
        return redeemCode(deps, { code, verifier, redirectUri });
      });
    });

    app.post(
      adminPaths.devices,
      { onRequest: adminOnly(deps, 'product-owner') },
      async (request): Promise<Enrolment> => {
        const body = parse(enrolRequestSchema, request.body);
        const token = bearerToken(request.headers.authorization);
        return enrolDevice(deps, sessionOf(request), token, body);
      },
    );

    await app.register(peopleRoutes(deps));

    app.get(adminPaths.me, { onRequest: adminOnly(deps, 'product-owner') }, async (request): Promise<Me> => {
      const { admin, device, scope } = sessionOf(request);
      return { admin, device, scope: scope.name };
    });

    app.post(adminPaths.signOut, { onRequest: adminOnly(deps, 'product-owner') }, async (request, reply) => {
      await endSession(deps, bearerToken(request.headers.authorization));
      return reply.status(204).send();
    });
  };
}
