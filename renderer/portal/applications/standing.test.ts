import { describe, expect, it } from 'vitest';
import type { ApplicationView } from '../../../domain/wire/portal.ts';
import { createScene } from '../testing/scenes.ts';
import { curlLine } from './curl.ts';
import { standingOf } from './standing.ts';

/** Weather v2 approved, Customs pending, Weather v1 rejected, two keys. */
function nimbus(more: Partial<ApplicationView> = {}): ApplicationView {
  const [app] = createScene('full').world.applications;
  if (!app) throw new Error('The scene has no application.');
  return { ...app, ...more };
}

describe('where an application stands', () => {
  it('says which APIs may be called, and leaves out what was turned down', () => {
    expect(standingOf(nimbus()).calls).toEqual([
      { api: 'Weather v2', open: true },
      { api: 'Customs declarations 2026-01', open: false },
    ]);
  });

  it('names the keys by their ends', () => {
    expect(standingOf(nimbus()).key).toBe('With any of “production” (…x9Zk) and “old server” (…0aQ2).');
  });

  it('says who is waited for, since when', () => {
    const { connections } = nimbus();
    expect(standingOf(nimbus()).steps).toEqual([
      expect.objectContaining({ who: 'admin', since: connections[1]?.createdAt }),
    ]);
  });

  it('opens nothing without a live key, and offers to make one', () => {
    const [key] = nimbus().credentials;
    const app = nimbus({ credentials: key ? [{ ...key, state: 'revoked' }] : [] });
    expect(standingOf(app).calls.some(({ open }) => open)).toBe(false);
    expect(standingOf(app).steps.map(({ offer }) => offer)).toContain('key');
  });

  it.each(['pending', 'rejected', 'revoked'] as const)('opens nothing while it is %s', (state) => {
    expect(standingOf(nimbus({ state })).calls.some(({ open }) => open)).toBe(false);
  });

  it('sends one without connections to the catalog', () => {
    expect(standingOf(nimbus({ connections: [] })).steps[0]?.offer).toBe('catalog');
  });

  it('needs no key where an identity provider speaks for it', () => {
    const strategy = { id: nimbus().id, name: 'okta-oidc', kind: 'openid-connect' as const };
    const app = nimbus({ strategy, credentials: [] });
    expect(standingOf(app).calls[0]?.open).toBe(true);
    expect(standingOf(app).key).toContain('okta-oidc');
  });

  it.each([
    ['service', 'owner'],
    ['publication', 'owner'],
    ['strategy', 'you'],
    ['developer', 'admin'],
  ] as const)('blocked by its %s, it waits for %s', (blockedBy, who) => {
    const [connection] = nimbus().connections;
    const app = nimbus({ connections: connection ? [{ ...connection, blockedBy }] : [] });
    expect(standingOf(app).calls[0]?.open).toBe(false);
    expect(standingOf(app).steps.map((step) => step.who)).toEqual([who]);
  });
});

describe('the command to try', () => {
  it('is the one of the documentation, with the key filled in', () => {
    expect(curlLine(nimbus(), 'ghk_0')).toBe("curl -i http://localhost:8000/mock -H 'apikey: ghk_0'");
  });

  it('prefers a connection that calls pass through', () => {
    const { connections } = nimbus();
    expect(curlLine(nimbus({ connections: connections.toReversed() }), 'k')).toContain('/mock ');
  });

  it('cannot be made to run anything by an address', () => {
    const app = nimbus({ gatewayAddress: "http://x/'; rm -rf ~; '$(id)" });
    expect(curlLine(app, 'k')).toBe("curl -i 'http://x/'\\''; rm -rf ~; '\\''$(id)/mock' -H 'apikey: k'");
  });

  it('is not there while nobody knows where calls go', () => {
    expect(curlLine(nimbus({ gatewayAddress: null }), 'k')).toBeNull();
    expect(curlLine(nimbus({ connections: [] }), 'k')).toBeNull();
  });
});
