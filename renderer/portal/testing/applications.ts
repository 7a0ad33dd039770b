/** Applications, registrations and keys of the portal in memory, for whoever is signed in. */
import { generateKey, last4 } from '../../../domain/keys.ts';
import { empty, page, Refusal, signedIn, textOf, type Asked, type Route } from './route.ts';
import { keyAuth, nextId, stamp, type Application, type World } from './world.ts';

const bytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export function applicationRoutes(world: World): Route[] {
  const now = (): string => stamp(world.now);

  function own(asked: Asked, id: string | undefined): Application {
    signedIn(asked);
    const found = world.applications.find((application) => application.id === id);
    if (!found) throw new Refusal('not_found');
    return found;
  }

  function replace(next: Application): void {
    const place = world.applications.findIndex(({ id }) => id === next.id);
    world.applications[place] = next;
  }

  return [
    [
      'GET',
      /^\/api\/gatehouse\/v1\/applications$/,
      (asked) => {
        signedIn(asked);
        return { applications: world.applications.map(summary) };
      },
    ],
    ['GET', /^\/api\/gatehouse\/v1\/applications\/([^/]+)$/, (asked, [id]) => own(asked, id)],
    ['GET', at('/applications/auth-strategies'), (asked) => page(asked, world.strategies.map(inV2))],
    [
      'POST',
      at('/applications'),
      (asked) => {
        signedIn(asked);
        const { body } = asked;
        const referenceId = textOf(body, 'reference_id') || `app-${world.applications.length + 1}`;
        if (world.applications.some((other) => other.referenceId === referenceId)) {
          throw new Refusal('reference_taken');
        }
        const strategy = world.strategies.find(({ id }) => id === body['auth_strategy_id']) ?? keyAuth;
        const application: Application = {
          id: nextId(),
          name: textOf(body, 'name'),
          description: textOf(body, 'description'),
          referenceId,
          redirectUri: textOf(body, 'redirect_uri') || null,
          state: world.autoApprove.applications ? 'approved' : 'pending',
          reason: null,
          createdAt: now(),
          strategy,
          connections: [],
          credentials: [],
          gatewayAddress: 'http://localhost:8000',
        };
        world.applications.unshift(application);
        return {
          id: application.id,
          name: application.name,
          reference_id: referenceId,
          description: application.description,
          redirect_uri: application.redirectUri,
          auth_strategy: inV2(strategy),
          created_at: now(),
          updated_at: now(),
        };
      },
    ],
    [
      'PATCH',
      at('/applications/([^/]+)'),
      (asked, [id]) => {
        const application = own(asked, id);
        const { body } = asked;
        replace({
          ...application,
          name: textOf(body, 'name') || application.name,
          description: textOf(body, 'description'),
        });
        return {};
      },
    ],
    [
      'DELETE',
      at('/applications/([^/]+)'),
      (asked, [id]) => {
        const application = own(asked, id);
        world.applications.splice(world.applications.indexOf(application), 1);
        return empty(204);
      },
    ],
    [
      'GET',
      at('/products/[^/]+/versions/([^/]+)/applications'),
      (asked, [versionId]) => {
        signedIn(asked);
        const without = world.applications.filter(
          ({ connections }) => !connections.some((connection) => connection.versionId === versionId),
        );
        return page(
          asked,
          without.map(({ id, name, strategy }) => ({
            id,
            name,
            registration_id: null,
            registration_status: null,
            auth_strategy: shortly(strategy ?? keyAuth),
            created_at: now(),
            updated_at: now(),
          })),
        );
      },
    ],
    [
      'POST',
      at('/applications/([^/]+)/registrations'),
      (asked, [id]) => {
        const application = own(asked, id);
        const versionId = textOf(asked.body, 'product_version_id');
        const offer = world.offers.find(({ versions }) =>
          versions.some((version) => version.id === versionId),
        );
        const version = offer?.versions.find((candidate) => candidate.id === versionId);
        if (!offer || !version) throw new Refusal('not_found');
        if (!version.open) throw new Refusal('registration_closed');
        if (version.strategy.id !== application.strategy?.id) throw new Refusal('strategy_mismatch');
        if (application.connections.some((connection) => connection.versionId === versionId)) {
          throw new Refusal('already_registered');
        }
        const approved = version.autoApprove;
        const registration = nextId();
        replace({
          ...application,
          connections: [
            ...application.connections,
            {
              id: registration,
              productId: offer.product.id,
              productName: offer.product.name,
              versionId,
              versionName: version.name,
              state: approved ? 'approved' : 'pending',
              reason: null,
              createdAt: now(),
              decidedAt: approved ? now() : null,
              blockedBy: approved ? null : 'registration',
              paths: version.paths,
            },
          ],
        });
        return {
          id: registration,
          status: approved ? 'approved' : 'pending',
          product_id: offer.product.id,
          product_name: offer.product.name,
          product_version_id: versionId,
          product_version_name: version.name,
          application_id: application.id,
          created_at: now(),
          updated_at: now(),
        };
      },
    ],
    [
      'DELETE',
      at('/applications/([^/]+)/registrations/([^/]+)'),
      (asked, [id, registration]) => {
        const application = own(asked, id);
        const connections = application.connections.filter((connection) => connection.id !== registration);
        replace({ ...application, connections });
        return empty(204);
      },
    ],
    [
      'POST',
      at('/applications/([^/]+)/credentials'),
      (asked, [id]) => {
        const application = own(asked, id);
        if (application.credentials.length >= 20) throw new Refusal('too_many_keys');
        const key = generateKey(bytes);
        const name = textOf(asked.body, 'display_name') || `key ${application.credentials.length + 1}`;
        const credential = nextId();
        replace({
          ...application,
          credentials: [
            { id: credential, name, last4: last4(key), state: 'active', notAfter: null, createdAt: now() },
            ...application.credentials,
          ],
        });
        return { credential: key, id: credential, display_name: name };
      },
    ],
    [
      'DELETE',
      at('/applications/([^/]+)/credentials/([^/]+)'),
      (asked, [id, credential]) => {
        const application = own(asked, id);
        const credentials = application.credentials.filter((other) => other.id !== credential);
        replace({ ...application, credentials });
        return empty(204);
      },
    ],
  ];
}

function at(path: string): RegExp {
  return new RegExp(`^/api/v2${path}$`);
}

type Strategy = World['strategies'][number];

function inV2({ id, name, kind }: Strategy) {
  return kind === 'key-auth'
    ? { id, name, credential_type: 'key_auth', key_names: ['apikey'] }
    : { id, name, credential_type: 'self_managed_client_credentials', auth_methods: ['bearer'] };
}

function shortly({ id, name, kind }: Strategy) {
  return kind === 'key-auth'
    ? { id, name, credential_type: 'key_auth' }
    : { id, name, credential_type: 'self_managed_client_credentials', auth_methods: ['bearer'] };
}

function summary({
  id,
  name,
  description,
  referenceId,
  state,
  createdAt,
  connections,
  credentials,
}: Application) {
  const count = (...states: string[]): number =>
    connections.filter((connection) => states.includes(connection.state)).length;
  return {
    id,
    name,
    description,
    referenceId,
    state,
    createdAt,
    connections: {
      approved: count('approved'),
      pending: count('pending'),
      other: count('rejected', 'revoked', 'withdrawn'),
    },
    keys: credentials.length,
  };
}
