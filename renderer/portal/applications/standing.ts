/** The three questions of an application's page: may I call it yet, with which key, and if not, who does what next. */
import type { ApplicationView } from '../../../domain/wire/portal.ts';
import { apiName, listed, type Connection, type Credential } from './words.ts';

/** Whether one API may be called. */
export interface Call {
  /** `Weather v2`. */
  readonly api: string;
  readonly open: boolean;
}

/** Something that has to happen before calls pass. */
export interface Step {
  readonly who: 'you' | 'admin' | 'owner';
  readonly text: string;
  /** Since when it waits, ISO 8601. */
  readonly since?: string;
  /** What the page can offer for it. */
  readonly offer?: 'catalog' | 'key';
}

export interface Standing {
  /** The APIs that it uses or asked for; empty where there are none. */
  readonly calls: readonly Call[];
  readonly key: string;
  readonly steps: readonly Step[];
}

export function standingOf(app: ApplicationView): Standing {
  const keys = app.credentials.filter(isLive);
  const ready = app.state === 'approved' && (keys.length > 0 || !usesKeys(app));
  return {
    calls: wantedOf(app).map((connection) => ({
      api: apiName(connection),
      open: ready && connection.state === 'approved' && connection.blockedBy === null,
    })),
    key: keyOf(app, keys),
    steps: [...applicationSteps(app), ...connectionSteps(app), ...keySteps(app, keys)],
  };
}

/** Whether calls carry an API key; applications of an identity provider carry its tokens. */
export function usesKeys(app: Pick<ApplicationView, 'strategy'>): boolean {
  return app.strategy?.kind !== 'openid-connect';
}

export function isLive({ state }: Pick<Credential, 'state'>): boolean {
  return state === 'active' || state === 'rotating';
}

/** Connections, and requests that may become some; what was turned down or given up is no longer wanted. */
function wantedOf(app: ApplicationView): Connection[] {
  return app.connections.filter(({ state }) => state === 'approved' || state === 'pending');
}

function keyOf(app: ApplicationView, keys: readonly Credential[]): string {
  if (!usesKeys(app)) {
    return `With tokens of ${app.strategy?.name ?? 'the identity provider'} that name “${app.referenceId}”.`;
  }
  const [first] = keys;
  if (!first) return 'There is no key yet.';
  if (keys.length === 1) return `With “${first.name}”, which ends in ${first.last4}.`;
  return `With any of ${listed(keys.map(({ name, last4 }) => `“${name}” (…${last4})`))}.`;
}

function applicationSteps(app: ApplicationView): Step[] {
  const reason = app.reason ? ` The reason: ${app.reason}` : '';
  switch (app.state) {
    case 'approved':
      return [];
    case 'pending':
      return [
        {
          who: 'admin',
          text: 'This application is being looked at. We mail you when it is decided.',
          since: app.createdAt,
        },
      ];
    case 'rejected':
      return [
        {
          who: 'you',
          text: `This application was not approved.${reason} Write to the portal’s owner, or create another one.`,
        },
      ];
    case 'revoked':
      return [
        {
          who: 'admin',
          text: `This application was revoked, so its keys do not work.${reason} Write to the portal’s owner.`,
        },
      ];
  }
}

function connectionSteps(app: ApplicationView): Step[] {
  const wanted = wantedOf(app);
  if (wanted.length === 0) {
    const text = 'Choose an API in the catalog and register this application for it.';
    return app.state === 'approved' || app.state === 'pending'
      ? [{ who: 'you', text, offer: 'catalog' }]
      : [];
  }
  return wanted.flatMap((connection) => connectionStep(connection));
}

function connectionStep(connection: Connection): Step[] {
  const name = apiName(connection);
  if (connection.state === 'pending') {
    const text = `The request for ${name} is being looked at. We mail you when it is decided.`;
    return [{ who: 'admin', text, since: connection.createdAt }];
  }
  switch (connection.blockedBy) {
    case 'service':
      return [
        { who: 'owner', text: `${name} has to be linked to a gateway; until then it cannot be called.` },
      ];
    case 'publication':
      return [{ who: 'owner', text: `${name} is not published in this portal at present.` }];
    case 'strategy':
      return [
        { who: 'you', text: `${name} now uses another auth strategy: create another application for it.` },
      ];
    case 'developer':
      return [{ who: 'admin', text: 'Your account has to be approved again.' }];
    // The application, its keys and its requests have steps of their own.
    case 'application':
    case 'credential':
    case 'registration':
    case null:
      return [];
  }
}

function keySteps(app: ApplicationView, keys: readonly Credential[]): Step[] {
  const closed = app.state === 'rejected' || app.state === 'revoked';
  if (closed || !usesKeys(app) || keys.length > 0) return [];
  return [{ who: 'you', text: 'Generate a credential: the key that your calls carry.', offer: 'key' }];
}
