/**
 * What each route takes, for trying texts that no database keeps: the parameters of any query, and one whole body for
 * each route that reads one. A route that takes a body and is not here is a finding.
 */
import type { World } from '../rights/world.ts';

type Json = string | number | boolean | null | readonly Json[] | Body;
interface Body {
  readonly [key: string]: Json;
}

/** Every name that some route's query knows; each is sent to every route. */
export const queryNames = [
  ...['actor', 'kind', 'action', 'entity', 'entityId', 'portalId', 'device', 'intent', 'batch'],
  ...['from', 'to', 'search', 'before', 'limit', 'format', 'after', 'wait', 'state', 'epoch', 'done'],
  ...['q', 'join', 'unregistered', 'page[size]', 'page[number]'],
  ...['response_type', 'client_id', 'redirect_uri', 'code_challenge', 'code_challenge_method', 'code'],
  ...['id', 'name', 'description', 'status', 'product_name', 'auth_strategy_id', 'credential_type'].flatMap(
    (name) => [`filter[${name}]`, `filter[${name}][eq]`, `filter[${name}][contains]`],
  ),
];

const challenge = 'x'.repeat(43);
const callback = 'http://127.0.0.1:1/callback';

/** What a route wants beside the parameter that is tried. */
export const neededQueries: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'GET /api/admin/v1/audit/export': { format: 'ndjson' },
  'GET /api/admin/v1/changes': { after: '1:0' },
  'GET /api/gateway/v1/changes': { after: '1:0' },
  'GET /admin/authorize': {
    response_type: 'code',
    client_id: 'gatehouse-desk',
    redirect_uri: callback,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  },
};

/** Texts that are kept as a digest only, or compared and let go: any of them is as good as another. */
export const neverKept: ReadonlySet<string> = new Set(['password', 'code_verifier', 'next', 'code', 'guard']);

/** Routes that take their body below as it is: what is refused there is refused for the one text that is wrong. */
export const taken: ReadonlySet<string> = new Set([
  'POST /api/admin/v1/devices',
  'POST /api/admin/v1/decisions',
  'POST /api/admin/v1/webhooks',
  'PATCH /api/admin/v1/webhooks/:id',
  'POST /api/v2/developer',
  'POST /api/v2/developer/forgot-password',
  'POST /api/v2/applications',
  'PATCH /api/v2/applications/:applicationId',
  'POST /api/v2/applications/:applicationId/credentials',
  'PUT /api/v2/applications/:applicationId/credentials/:credentialId',
]);

/** Routes that take nothing but what their address says, though they are sent to. */
const bodiless: readonly string[] = [
  'POST /api/admin/v1/sign-out',
  'POST /api/admin/v1/admins/:id/deactivate',
  'POST /api/admin/v1/admins/:id/reactivate',
  'POST /api/admin/v1/admins/:id/reset-second-factor',
  'POST /api/admin/v1/developers/:id/erase',
  'POST /api/admin/v1/webhooks/:id/secret',
  'POST /api/admin/v1/webhooks/:id/redeliver',
  'POST /api/admin/v1/webhooks/:id/deliveries/:delivery/redeliver',
  'POST /api/v2/developer/refresh',
  'POST /api/v2/developer/logout',
  'POST /api/v2/applications/:applicationId/refresh-token',
  'POST /api/v2/stats',
];

/** A body of each route that takes one, as it would be accepted. */
export function bodiesOf({ shop, admins }: World): Readonly<Record<string, Body>> {
  const { own } = shop;
  const id = crypto.randomUUID();
  const intent = {
    id,
    device: admins.owner.device,
    batch: id,
    action: 'reject',
    target: { kind: 'registration', id: own.registration.id },
    reason: 'no',
    decidedAt: '2026-01-01T00:00:00.000Z',
    basis: {},
  };
  const application = {
    name: 'An application',
    description: 'of mine',
    redirect_uri: 'https://a.example/cb',
  };
  const authorization = {
    ...neededQueries['GET /admin/authorize'],
    state: 'x',
    guard: 'x'.repeat(43),
    email: 'dana@example.com',
    password: 'a long password',
  };
  const form = {
    guard: 'x'.repeat(43),
    password: 'a long password',
    passkey: 'x',
    name: 'x',
    code: '123456',
  };
  return {
    ...Object.fromEntries(bodiless.map((route) => [route, {}])),
    'POST /api/admin/v1/token': {
      grant_type: 'authorization_code',
      client_id: 'gatehouse-desk',
      code: 'ghc_x',
      code_verifier: challenge,
      redirect_uri: callback,
    },
    'POST /api/admin/v1/devices': { name: 'A laptop' },
    'POST /api/admin/v1/decisions': { intents: [intent] },
    'POST /api/admin/v1/webhooks': { url: 'https://a.example/hook', events: ['*'], description: 'Ours' },
    'PATCH /api/admin/v1/webhooks/:id': { url: 'https://a.example/hook', events: ['*'], description: 'Ours' },
    'POST /api/gateway/v1/ack': { cursor: '1:1', digest: '0'.repeat(64) },
    'POST /api/v2/developer': { email: 'new@example.com', full_name: 'New', password: 'a long password' },
    'POST /api/v2/developer/verify-email': { token: id },
    'POST /api/v2/developer/authenticate': { username: own.developer.email, password: 'a long password' },
    'POST /api/v2/developer/forgot-password': { email: own.developer.email },
    'POST /api/v2/developer/reset-password': { token: id, password: 'a long password' },
    'POST /api/v2/applications': { ...application, reference_id: 'mine' },
    'PATCH /api/v2/applications/:applicationId': { ...application, reference_id: 'mine, too' },
    'POST /api/v2/applications/:applicationId/registrations': {
      product_version_id: own.version.id,
      scopes: ['openid'],
    },
    'POST /api/v2/applications/:applicationId/credentials': { display_name: 'A key' },
    'PUT /api/v2/applications/:applicationId/credentials/:credentialId': { display_name: 'A key' },
    'POST /admin/authorize': authorization,
    ...Object.fromEntries(
      [
        ...['sign-in', 'sign-in/code', 'sign-in/passkey-options', 'sign-in/passkey', 'account/password'],
        ...['account/devices/revoke', 'account/sessions/end', 'account/sign-out', 'account/continue'],
        ...['account/authenticator', 'account/authenticator/confirm', 'account/authenticator/off'],
        ...['account/recovery-codes', 'account/passkeys/options', 'account/passkeys'],
        ...['account/passkeys/rename', 'account/passkeys/remove'],
      ].map((path) => [`POST /admin/${path}`, { ...authorization, ...form }]),
    ),
  };
}

/** The body with each of its texts in turn made wrong: where, and what is sent. */
export function* bent(body: Body, wrong: string): Generator<[place: string, body: Body]> {
  for (const [key, value] of Object.entries(body)) {
    for (const [place, changed] of bentValue(value, wrong)) yield [key + place, { ...body, [key]: changed }];
  }
}

function* bentValue(value: Json, wrong: string): Generator<[place: string, value: Json]> {
  if (typeof value === 'string') yield ['', value.slice(0, 1) + wrong + value.slice(1)];
  if (typeof value !== 'object' || value === null) return;
  if (!isList(value)) {
    for (const [place, changed] of bent(value, wrong)) yield [`.${place}`, changed];
    return;
  }
  for (const [at, item] of value.entries()) {
    for (const [place, changed] of bentValue(item, wrong)) yield [`.${at}${place}`, value.with(at, changed)];
  }
}

function isList(value: Body | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}
