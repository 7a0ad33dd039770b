/** What developers do in the portal. */
import { z } from 'zod';
import { developerRow } from '../../../../domain/testing/rows.ts';
import { linkFor } from './admin-acts.ts';
import type { Act, Doing } from './act.ts';
import type { Method, Scene } from '../../../rights/scene.ts';

const v2 = '/api/v2';
const withId = z.object({ id: z.string() });

const byDeveloper = ({ developer }: Scene): Pick<Doing, 'actor' | 'device'> => ({
  actor: `developer:${developer.id}`,
  device: null,
});

interface Asked {
  readonly url: string;
  readonly payload?: object;
  readonly changes?: Doing['changes'];
}

/** The shop's own developer asks. */
function developers(
  route: string,
  tells: readonly string[],
  asked: (scene: Scene) => Promise<Asked> | Asked,
): Act {
  return {
    route,
    tells,
    async prepare(scene, from) {
      const { url, payload, changes } = await asked(scene);
      const method = z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).parse(route.split(' ')[0]) satisfies Method;
      return {
        ...byDeveloper(scene),
        run: () => scene.ask(from, method, url, scene.developerHeaders, payload),
        ...(changes ? { changes } : {}),
      };
    },
  };
}

async function newApplication({ ask, developerHeaders }: Scene): Promise<string> {
  const answer = await ask('127.0.0.1', 'POST', `${v2}/applications`, developerHeaders, { name: 'fresh' });
  return `${v2}/applications/${withId.parse(JSON.parse(answer.body)).id}`;
}

async function below(scene: Scene, what: string, payload: object): Promise<string> {
  const at = `${await newApplication(scene)}/${what}`;
  const { body } = await scene.ask('127.0.0.1', 'POST', at, scene.developerHeaders, payload);
  return `${at}/${withId.parse(JSON.parse(body)).id}`;
}

const key = { display_name: 'first' };
const one = `${v2}/applications/:applicationId`;

/** Somebody who has confirmed nothing yet. */
async function newcomer({ shop, whole }: Scene): Promise<string> {
  const id = crypto.randomUUID();
  const email = `new-${id.slice(0, 8)}@example.com`;
  const row = developerRow({ id, portalId: shop.portal.id, email, state: 'unverified', verifiedAt: null });
  await whole.server.deps.commit(async (change) => {
    await change.put('developer', [row], { actor: 'system' });
    await change.db
      .insertInto('developerSecrets')
      .values({ developerId: id, portalId: shop.portal.id, emailNormal: email, passwordHash: null })
      .execute();
  });
  return id;
}

const accounts: readonly Act[] = [
  {
    route: `POST ${v2}/developer`,
    tells: ['created'],
    prepare: async ({ ask }, from) => ({
      // Nobody has proved to be this person: it is the account itself that stands there.
      actor: 'developer:',
      device: null,
      run: () =>
        ask(
          from,
          'POST',
          `${v2}/developer`,
          {},
          { email: 'grace@example.com', full_name: 'Grace', password: 'a harbour of 7 boats' },
        ),
    }),
  },
  {
    route: `POST ${v2}/developer/verify-email`,
    tells: ['changed'],
    async prepare(scene, from) {
      const id = await newcomer(scene);
      const token = await linkFor(scene, 'verify', id);
      return {
        actor: `developer:${id}`,
        device: null,
        run: () => scene.ask(from, 'POST', `${v2}/developer/verify-email`, {}, { token }),
        changes: [{ field: 'state', before: 'unverified', after: 'pending' }],
      };
    },
  },
  {
    route: `POST ${v2}/developer/reset-password`,
    tells: ['developer.password_changed'],
    async prepare(scene, from) {
      const id = scene.shop.other.developer.id;
      const token = await linkFor(scene, 'reset', id);
      const payload = { token, password: 'a harbour of 8 boats' };
      return {
        actor: `developer:${id}`,
        device: null,
        run: () => scene.ask(from, 'POST', `${v2}/developer/reset-password`, {}, payload),
      };
    },
  },
  developers(`POST ${v2}/developer/forgot-password`, [], ({ developer: { email } }) => ({
    url: `${v2}/developer/forgot-password`,
    payload: { email },
  })),
  developers(`POST ${v2}/developer/authenticate`, [], ({ developer: { email } }) => ({
    url: `${v2}/developer/authenticate`,
    payload: { username: email, password: 'wrong' },
  })),
  developers(`POST ${v2}/stats`, [], () => ({ url: `${v2}/stats`, payload: {} })),
];

const applications: readonly Act[] = [
  developers(`POST ${v2}/applications`, ['created'], () => ({
    url: `${v2}/applications`,
    payload: { name: 'another' },
  })),
  developers(`PATCH ${one}`, ['changed'], async (scene) => ({
    url: await newApplication(scene),
    payload: { name: 'renamed' },
    changes: [{ field: 'name', before: 'fresh', after: 'renamed' }],
  })),
  developers(`DELETE ${one}`, ['deleted'], async (scene) => ({ url: await newApplication(scene) })),
  // The application takes the version’s strategy.
  developers(`POST ${one}/registrations`, ['changed', 'created'], async (scene) => ({
    url: `${await newApplication(scene)}/registrations`,
    payload: { product_version_id: scene.shop.own.version.id },
  })),
  // A request that nobody has decided is withdrawn.
  developers(`DELETE ${one}/registrations/:registrationId`, ['changed'], async (scene) => ({
    url: await below(scene, 'registrations', { product_version_id: scene.shop.own.version.id }),
  })),
  developers(`POST ${one}/credentials`, ['created'], async (scene) => ({
    url: `${await newApplication(scene)}/credentials`,
    payload: key,
  })),
  developers(`PUT ${one}/credentials/:credentialId`, ['changed'], async (scene) => ({
    url: await below(scene, 'credentials', key),
    payload: { display_name: 'second' },
    changes: [{ field: 'name', before: 'first', after: 'second' }],
  })),
  developers(`DELETE ${one}/credentials/:credentialId`, ['deleted'], async (scene) => ({
    url: await below(scene, 'credentials', key),
  })),
  developers(`POST ${one}/refresh-token`, [], async (scene) => ({
    url: `${await newApplication(scene)}/refresh-token`,
  })),
];

/** Those that use the session up come last. */
const sessions: readonly Act[] = [
  developers(`POST ${v2}/developer/refresh`, [], () => ({ url: `${v2}/developer/refresh` })),
  developers(`POST ${v2}/developer/logout`, [], () => ({ url: `${v2}/developer/logout` })),
];

export const portalActs: readonly Act[] = [...accounts, ...applications, ...sessions];
