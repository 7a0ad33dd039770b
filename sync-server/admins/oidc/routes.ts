/** Single sign-on: to the identity provider and back, then on as after a password. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { acceptFormBodies } from '../../http/forms.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import { guardPattern, newCookieToken, ownOrigin, sameGuard } from '../guard.ts';
import { sendPage } from '../page.ts';
import { pagePaths } from '../paths.ts';
import { saveAttempt, takeAttempt, type Destination } from '../sign-in/attempts.ts';
import { noteFailure } from '../sign-in/failures.ts';
import { goOn } from '../sign-in/go-on.ts';
import { passingPage, refusedPage, stoppedPage } from '../sign-in/pages.ts';
import { destinationOf, tooMany, type SignInDeps } from '../sign-in/routes.ts';
import { tryPerson } from './identities.ts';
import { createProvider, type Provider } from './provider.ts';

const guardSchema = z.object({ guard: z.string().regex(guardPattern) });

const expired = 'This sign-in took too long, or it began in another browser. Start again.';
const away = 'The identity provider does not answer as it should. Try again, or use your password.';
const unknown = 'Your identity provider’s account does not belong to an admin here. Ask an owner.';

export function oidcRoutes(deps: SignInDeps): FastifyPluginAsync {
  const { config, limits, log } = deps;
  const provider = createProvider(config);

  function stop(reply: FastifyReply, status: number, why: string, destination: Destination): FastifyReply {
    return sendPage(reply, { status, redirectUri: null, body: stoppedPage(why, destination) });
  }

  function leave(provider: Provider) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const destination = destinationOf(request.body);
      const fields = guardSchema.safeParse(request.body);
      const own =
        fields.success &&
        ownOrigin(request.headers, config.publicUrl) &&
        sameGuard(readCookie(config, request, 'signIn'), fields.data.guard);
      if (!own || destination === undefined) {
        return sendPage(reply, { status: 403, redirectUri: null, body: refusedPage() });
      }
      if (!(await limits.begin(request.ip))) return stop(reply, 429, tooMany, destination);
      const begun = await provider.begin().catch((error: unknown) => {
        log.warn({ err: error }, 'the identity provider could not be asked');
        return null;
      });
      if (!begun) return stop(reply, 502, away, destination);
      const token = newCookieToken();
      await saveAttempt(deps, token, { destination, abroad: begun.abroad });
      setCookie(config, reply, 'abroad', token);
      // Not a redirect: the page's policy would have to name all that a provider may redirect to.
      return sendPage(reply, {
        status: 200,
        redirectUri: null,
        body: passingPage('Going to your identity provider', begun.address),
      });
    };
  }

  function comeBack(provider: Provider) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const token = readCookie(config, request, 'abroad');
      clearCookie(config, reply, 'abroad');
      const attempt = token === undefined ? null : await takeAttempt(deps, token);
      if (!attempt?.abroad) return stop(reply, 403, expired, null);
      const { abroad, destination } = attempt;
      const person = await provider
        .finish(new URL(request.url, config.publicUrl), abroad)
        .catch((error: unknown) => {
          const name = error instanceof Error ? error.name : 'unknown';
          log.warn({ failure: name }, 'the identity provider’s answer was refused');
          return null;
        });
      if (!person) return stop(reply, 403, away, destination);
      const { account, adminId } = await tryPerson(deps, person);
      if (adminId === null) {
        const { issuer, subject } = person;
        const tried = account ?? JSON.stringify([issuer, subject]);
        await noteFailure(deps, { account: tried, adminId: account, step: 'single sign-on' });
        return stop(reply, 403, unknown, destination);
      }
      return goOn(deps, reply, { adminId, destination, by: 'oidc' });
    };
  }

  return async (app) => {
    if (!provider) return;
    acceptFormBodies(app);
    app.post(pagePaths.singleSignOn, leave(provider));
    app.get(pagePaths.singleSignOnBack, comeBack(provider));
  };
}
