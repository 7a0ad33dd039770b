/** What one may not see answers like what does not exist: the same status, the same words. */
import type { Findings } from '../faults/check.ts';
import { manifestSchema } from '../../domain/wire/snapshot.ts';
import { ask, type Answer } from './http-cells.ts';
import type { Caller, World } from './world.ts';

interface Hidden {
  readonly caller: Caller;
  readonly route: string;
  /** What is there and not theirs. */
  readonly real: Readonly<Record<string, string>>;
  /** The same with names of nothing. */
  readonly none: Readonly<Record<string, string>>;
  readonly payload?: object;
}

const nothing = (): string => crypto.randomUUID();

/** Another developer's application, with all that is below it. */
function applications({ shop: { own, other } }: World): Hidden[] {
  const at = '/api/v2/applications/:applicationId';
  const real = {
    applicationId: other.application.id,
    registrationId: other.registration.id,
    credentialId: other.credential.id,
    productVersionId: other.version.id,
    id: other.application.id,
  };
  const name = { name: 'taken' };
  const key = { display_name: 'taken' };
  const routes: readonly [string, object?][] = [
    [`GET ${at}`],
    [`PATCH ${at}`, name],
    [`DELETE ${at}`],
    [`GET ${at}/registrations`],
    [`POST ${at}/registrations`, { product_version_id: own.version.id }],
    [`GET ${at}/registrations/:registrationId`],
    [`DELETE ${at}/registrations/:registrationId`],
    [`GET ${at}/credentials`],
    [`POST ${at}/credentials`, key],
    [`PUT ${at}/credentials/:credentialId`, key],
    [`DELETE ${at}/credentials/:credentialId`],
    [`POST ${at}/refresh-token`],
    [`GET ${at}/registrations/:registrationId/granted-scopes`],
    [`GET ${at}/product-versions/:productVersionId/granted-scopes`],
    ['GET /api/gatehouse/v1/applications/:id'],
  ];
  return routes.map(([route, payload]) => ({
    caller: 'developer',
    route,
    real,
    none: { ...real, applicationId: nothing(), id: nothing() },
    ...(payload ? { payload } : {}),
  }));
}

/** Another's request or key below one's own application. */
function belowOwn({ shop: { own, other } }: World): Hidden[] {
  const at = '/api/v2/applications/:applicationId';
  const applicationId = own.application.id;
  const real = { applicationId, registrationId: other.registration.id, credentialId: other.credential.id };
  const none = { applicationId, registrationId: nothing(), credentialId: nothing() };
  return [
    `GET ${at}/registrations/:registrationId`,
    `DELETE ${at}/registrations/:registrationId`,
    `PUT ${at}/credentials/:credentialId`,
    `DELETE ${at}/credentials/:credentialId`,
  ].map((route) => ({ caller: 'developer', route, real, none, payload: { display_name: 'taken' } }));
}

/** Products that are published for signed-in developers only. */
function catalog({ shop: { own } }: World): Hidden[] {
  const at = '/api/v2/products/:productId';
  const real = { productId: own.product.id, productVersionId: own.version.id, id: own.version.id };
  const none = { productId: nothing(), productVersionId: nothing(), id: nothing() };
  const routes = [
    `GET ${at}`,
    `GET ${at}/actions`,
    `GET ${at}/documents`,
    `GET ${at}/versions`,
    `GET ${at}/versions/:productVersionId`,
    `GET ${at}/versions/:productVersionId/spec`,
    `GET ${at}/versions/:productVersionId/spec/operations`,
    'GET /api/gatehouse/v1/versions/:id',
  ];
  return (['nobody', 'owner'] as const).flatMap((caller) =>
    routes.map((route) => ({ caller, route, real, none })),
  );
}

async function snapshotOf({ app, headers }: World, caller: Caller): Promise<string> {
  const answer = await app.inject({ url: '/api/admin/v1/snapshot', headers: { ...headers[caller] } });
  return manifestSchema.parse(answer.json()).id;
}

async function adminApi(world: World): Promise<Hidden[]> {
  const chunk = 'GET /api/admin/v1/snapshot/:id/:number';
  const [whole, limited] = [await snapshotOf(world, 'viewer'), await snapshotOf(world, 'product-owner')];
  const none = { id: '1-1-0000000000000000-all' };
  const others = (['product-owner', 'viewer', 'reviewer'] as const).map((caller): Hidden => ({
    caller,
    route: 'DELETE /api/admin/v1/devices/:id',
    real: { id: world.admins.owner.device },
    none: { id: nothing() },
  }));
  return [
    ...others,
    { caller: 'product-owner', route: chunk, real: { id: whole }, none },
    { caller: 'viewer', route: chunk, real: { id: limited }, none },
  ];
}

async function logEnd({ whole }: World): Promise<unknown> {
  return (await whole.server.deps.pool.query('select seq from log_head')).rows[0];
}

/** Short enough for a finding. */
const told = ({ status, code, body }: Answer): string =>
  `${status} ${code ?? JSON.stringify(body.slice(0, 40))}`;

/** Answers how many cells there were. */
export async function tryHidden(world: World, findings: Findings): Promise<number> {
  const all = [...applications(world), ...belowOwn(world), ...catalog(world), ...(await adminApi(world))];
  const before = await logEnd(world);
  for (const { caller, route, real, none, payload = {} } of all) {
    const there = await ask(world, route, world.headers[caller], real, payload);
    const nowhere = await ask(world, route, world.headers[caller], none, payload);
    if (there.status !== nowhere.status || there.body !== nowhere.body) {
      findings.add(
        'unauthorised',
        `${caller} can tell at ${route} that something is there: ${told(there)}, and of nothing ${told(nowhere)}`,
      );
    }
  }
  if (JSON.stringify(await logEnd(world)) !== JSON.stringify(before)) {
    findings.add('unauthorised', 'something hidden was changed');
  }
  return all.length;
}
