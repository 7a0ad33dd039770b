import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errors } from '../../../domain/error-codes.ts';
import { createScene } from '../testing/scenes.ts';
import { createClient, refreshPath } from './client.ts';
import { createPortalApi } from './portal-api.ts';

function scene(name: string, prefix = '') {
  const server = createScene(name, prefix);
  let ended = 0;
  const client = createClient({ fetch: server.fetch, prefix, onEnded: () => (ended += 1) });
  return { server, client, api: createPortalApi(client), ended: () => ended };
}

const refreshes = (log: readonly string[]): number =>
  log.filter((line) => line === `POST ${refreshPath}`).length;

describe('a session that has run out', () => {
  it('is refreshed once for all calls that notice, and each of them succeeds', async () => {
    const { server, api, ended } = scene('full');
    server.session.fresh = false;
    const answers = await Promise.all([api.applications(), api.me(), api.strategies()]);
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(refreshes(server.log)).toBe(1);
    expect(ended()).toBe(0);
  });

  it('is over where it cannot be refreshed', async () => {
    const { server, api, ended } = scene('full');
    server.session.account = null;
    const answer = await api.applications();
    expect(answer.ok ? null : answer.failure.code).toBe('unauthenticated');
    expect(refreshes(server.log)).toBe(1);
    expect(ended()).toBe(1);
  });

  it('is not what a wrong password means', async () => {
    const { server, api, ended } = scene('out');
    const answer = await api.signIn('mira@nimbus.example', 'wrong');
    expect(answer.ok ? null : answer.failure.code).toBe('credentials_wrong');
    expect(refreshes(server.log)).toBe(0);
    expect(ended()).toBe(0);
  });
});

describe('answers', () => {
  it('of the published API get their code and mend back from their sentence', async () => {
    const { server, api } = scene('full');
    const [app] = server.world.applications;
    server.faults.set(/registrations/, 'registration_closed');
    const answer = await api.requestAccess(app?.id ?? '', 'x');
    expect(answer.ok ? null : answer.failure).toMatchObject({
      code: 'registration_closed',
      mend: errors.registration_closed.mend,
    });
  });

  it('that are not what was agreed are failures, not surprises', async () => {
    const { client } = scene('full');
    const answer = await client.ask(z.strictObject({ other: z.string() }), { path: '/api/v2/developer/me' });
    expect(answer.ok ? null : answer.failure.code).toBe('answer_unreadable');
  });

  it('that never come say so', async () => {
    const { api } = scene('offline');
    const answer = await api.portal();
    expect(answer.ok ? null : answer.failure.code).toBe('unreachable');
  });

  it('name the request where the server is at fault', async () => {
    const { api } = scene('failing');
    const answer = await api.applications();
    expect(answer.ok ? null : answer.failure.trace).toBe('gatehouse:trace:0f3a');
  });

  it('are readable also where a proxy answers instead of the server', async () => {
    const html = async (): Promise<Response> => new Response('<html>Bad gateway</html>', { status: 502 });
    const answer = await createPortalApi(createClient({ fetch: html, prefix: '' })).me();
    expect(answer.ok ? null : answer.failure.code).toBe('internal');
  });

  it('that ask for patience say for how long', async () => {
    const limited = async (): Promise<Response> =>
      new Response(null, { status: 429, headers: { 'retry-after': '540' } });
    const answer = await createPortalApi(createClient({ fetch: limited, prefix: '' })).signIn('a@b.c', 'x');
    expect(answer.ok ? null : answer.failure.mend).toBe('Wait 9 minutes, then try again.');
  });
});

it('below /portals/<name> the API is there too', async () => {
  const { server, api } = scene('full', '/portals/staging');
  expect((await api.me()).ok).toBe(true);
  expect(server.log).toContain('GET /api/v2/developer/me');
});
