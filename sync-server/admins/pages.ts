/** All pages for admins as one feature: signing in, the second factor, single sign-on, the account. */
import { readFile } from 'node:fs/promises';
import type { FastifyPluginAsync } from 'fastify';
import type { Deps } from '../config/deps.ts';
import { accountRoutes } from './account/routes.ts';
import { oidcRoutes } from './oidc/routes.ts';
import { scriptPath } from './page.ts';
import { createSignInLimits } from './sign-in/limits.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { secondFactorRoutes } from './sign-in/second-factor.ts';

const scriptFile = new URL('./browser/passkeys.js', import.meta.url);

export function adminPages(given: Deps): FastifyPluginAsync {
  const deps = { ...given, limits: createSignInLimits(given) };
  return async (app) => {
    const script = await readFile(scriptFile, 'utf8');
    app.get(scriptPath, async (_request, reply) =>
      reply
        .type('text/javascript; charset=utf-8')
        .header('cache-control', 'public, max-age=300')
        .send(script),
    );
    await app.register(signInRoutes(deps));
    await app.register(secondFactorRoutes(deps));
    await app.register(oidcRoutes(deps));
    await app.register(accountRoutes(deps));
  };
}
