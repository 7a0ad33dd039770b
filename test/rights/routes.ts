/**
 * Who may call what: one line a route. A route that is not here, or is here and gone, is a finding, so that nothing is
 * added to the server without a word about who may use it.
 */
import { roles, type Role } from '../../domain/entities.ts';

export type Who =
  /** Whoever comes; credentials change nothing about being let in. */
  | 'anybody'
  /** Pages with a browser session of their own: what others hold means nothing there. */
  | 'browser'
  /** Machines that a token of the configuration lets in. */
  | 'scraper'
  | 'gateway'
  /** A signed-in developer of the portal. */
  | 'developer'
  /** The role and all above it. */
  | Role;

export interface Line {
  readonly who: Who;
  /** Uses the session up. */
  readonly spends?: true;
  /** There and switched off: refused to all. */
  readonly off?: true;
}

const line = (who: Who): Line => ({ who });

const observed: Record<string, Line> = {
  'GET /healthz': line('anybody'),
  'GET /readyz': line('anybody'),
  'GET /metrics': line('scraper'),
};

const browser = [
  'GET /admin/assets/passkeys.js',
  'GET /admin/authorize',
  'POST /admin/authorize',
  'GET /admin/sign-in',
  'POST /admin/sign-in',
  'POST /admin/sign-in/code',
  'POST /admin/sign-in/passkey-options',
  'POST /admin/sign-in/passkey',
  'GET /admin/account',
  'POST /admin/account/password',
  'POST /admin/account/devices/revoke',
  'POST /admin/account/sessions/end',
  'POST /admin/account/sign-out',
  'POST /admin/account/continue',
  'POST /admin/account/authenticator',
  'POST /admin/account/authenticator/confirm',
  'POST /admin/account/authenticator/off',
  'POST /admin/account/recovery-codes',
  'POST /admin/account/passkeys/options',
  'POST /admin/account/passkeys',
  'POST /admin/account/passkeys/rename',
  'POST /admin/account/passkeys/remove',
  'POST /api/admin/v1/token',
  'GET /*',
  'OPTIONS *',
];

const admin: Record<string, Line> = {
  'GET /api/admin/v1/me': line('product-owner'),
  'POST /api/admin/v1/sign-out': { who: 'product-owner', spends: true },
  'POST /api/admin/v1/devices': line('product-owner'),
  'GET /api/admin/v1/devices': line('product-owner'),
  'DELETE /api/admin/v1/devices/:id': line('product-owner'),
  'POST /api/admin/v1/decisions': line('product-owner'),
  'GET /api/admin/v1/sync': line('product-owner'),
  'GET /api/admin/v1/changes': line('product-owner'),
  'GET /api/admin/v1/epochs': line('product-owner'),
  'GET /api/admin/v1/snapshot': line('product-owner'),
  'GET /api/admin/v1/snapshot/:id/:number': line('product-owner'),
  'GET /api/admin/v1/admins': line('owner'),
  'DELETE /api/admin/v1/admins/:id': line('owner'),
  'POST /api/admin/v1/admins/:id/deactivate': line('owner'),
  'POST /api/admin/v1/admins/:id/reactivate': line('owner'),
  'POST /api/admin/v1/admins/:id/reset-second-factor': line('owner'),
  'GET /api/admin/v1/audit': line('owner'),
  'GET /api/admin/v1/audit/export': line('owner'),
  'GET /api/admin/v1/quarantine': line('owner'),
  'POST /api/admin/v1/developers/:id/erase': line('owner'),
  'GET /api/admin/v1/webhooks': line('owner'),
  'POST /api/admin/v1/webhooks': line('owner'),
  'GET /api/admin/v1/webhooks/:id': line('owner'),
  'PATCH /api/admin/v1/webhooks/:id': line('owner'),
  'DELETE /api/admin/v1/webhooks/:id': line('owner'),
  'POST /api/admin/v1/webhooks/:id/secret': line('owner'),
  'GET /api/admin/v1/webhooks/:id/deliveries': line('owner'),
  'POST /api/admin/v1/webhooks/:id/redeliver': line('owner'),
  'POST /api/admin/v1/webhooks/:id/deliveries/:delivery/redeliver': line('owner'),
};

const gateway: Record<string, Line> = {
  'GET /api/gateway/v1/keys': line('anybody'),
  'GET /api/gateway/v1/snapshot': line('gateway'),
  'GET /api/gateway/v1/changes': line('gateway'),
  'POST /api/gateway/v1/ack': line('gateway'),
};

const portalOpen = [
  'POST /api/v2/developer',
  'POST /api/v2/developer/verify-email',
  'GET /api/v2/developer/authenticate/sso',
  'POST /api/v2/developer/forgot-password',
  'POST /api/v2/developer/reset-password',
  'GET /api/v2/portal',
  'GET /api/v2/portal/appearance',
  'GET /api/v2/portal/logo',
  'GET /api/v2/portal/catalog-cover',
  'GET /api/gatehouse/v1/portal',
];

/** Each answers with what the caller may see. */
const catalog = [
  'GET /api/v2/products',
  'GET /api/v2/products/:productId',
  'GET /api/v2/products/:productId/actions',
  'GET /api/v2/products/:productId/documents',
  'GET /api/v2/products/:productId/documents/:documentId',
  'GET /api/v2/products/:productId/versions',
  'GET /api/v2/products/:productId/versions/:productVersionId',
  'GET /api/v2/products/:productId/versions/:productVersionId/spec',
  'GET /api/v2/products/:productId/versions/:productVersionId/spec/operations',
  'GET /api/v2/search/:indices',
  'GET /api/gatehouse/v1/versions/:id',
];

const developer = [
  'GET /api/v2/developer/me',
  'GET /api/v2/products/:productId/versions/:productVersionId/applications',
  'GET /api/v2/applications',
  'POST /api/v2/applications',
  'GET /api/v2/applications/auth-strategies',
  'GET /api/v2/applications/:applicationId',
  'PATCH /api/v2/applications/:applicationId',
  'DELETE /api/v2/applications/:applicationId',
  'GET /api/v2/applications/:applicationId/registrations',
  'POST /api/v2/applications/:applicationId/registrations',
  'GET /api/v2/applications/:applicationId/registrations/:registrationId',
  'DELETE /api/v2/applications/:applicationId/registrations/:registrationId',
  'GET /api/v2/applications/:applicationId/credentials',
  'POST /api/v2/applications/:applicationId/credentials',
  'PUT /api/v2/applications/:applicationId/credentials/:credentialId',
  'DELETE /api/v2/applications/:applicationId/credentials/:credentialId',
  'POST /api/v2/applications/:applicationId/refresh-token',
  'GET /api/v2/applications/:applicationId/registrations/:registrationId/granted-scopes',
  'GET /api/v2/applications/:applicationId/product-versions/:productVersionId/granted-scopes',
  'GET /api/v2/stats/config',
  'GET /api/gatehouse/v1/applications',
  'GET /api/gatehouse/v1/applications/:id',
];

const all = (routes: readonly string[], who: Who): Record<string, Line> =>
  Object.fromEntries(routes.map((route) => [route, line(who)]));

export const lines: Readonly<Record<string, Line>> = {
  ...observed,
  ...all(browser, 'browser'),
  ...admin,
  ...gateway,
  ...all(portalOpen, 'anybody'),
  ...all(catalog, 'anybody'),
  'POST /api/v2/developer/authenticate': line('browser'),
  'POST /api/v2/stats': { who: 'developer', off: true },
  'POST /api/v2/developer/refresh': { who: 'developer', spends: true },
  'POST /api/v2/developer/logout': { who: 'anybody', spends: true },
  ...all(developer, 'developer'),
};

export function isRole(who: Who): who is Role {
  return roles.some((role) => role === who);
}
