/** Several admins on one portal: every decision has one outcome, and all see the same in the end. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decisionsResponseSchema } from '../../domain/wire/admin.ts';
import { settled } from '../../main/core/testing/desk.ts';
import { signedInAdmin } from '../../sync-server/admins/testing.ts';
import { testIntent, type TestRequest } from '../../sync-server/decisions/testing.ts';
import { openScene, patience, type Scene } from './scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await openScene(21);
});

afterEach(() => scene.close());

const about = (requests: readonly TestRequest[]) =>
  requests.map(({ developer }) => ({ kind: 'developer' as const, id: developer.id }));

test('twenty approvals made offline meet two rejections of another admin: 18 applied, 2 superseded', async () => {
  const { whole, portal } = scene;
  const desk = await scene.desk('Ada');
  await whole.cable.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  const twenty = portal.requests.slice(0, 20);
  const last = portal.requests.slice(20);
  await desk.ask('decide', { action: 'approve', targets: about(twenty), reason: null });
  await desk.ask('decide', { action: 'reject', targets: about(last), reason: 'No company named' });
  expect((await desk.ask('outbox.list', {})).total).toBe(21);

  const second = await signedInAdmin(whole.server.deps);
  const rejected = twenty.slice(3, 5);
  const intents = rejected.map(({ developer }) =>
    testIntent(
      second.device,
      'reject',
      { kind: 'developer', id: developer.id },
      { reason: 'Known for abuse' },
    ),
  );
  const answer = await fetch(`${whole.server.url}/api/admin/v1/decisions`, {
    method: 'POST',
    headers: { ...second.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ intents }),
  });
  const { outcomes } = decisionsResponseSchema.parse(await answer.json());
  expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'applied']);

  await whole.cable.mend();
  await desk.until(settled);
  const { entries } = await desk.ask('attention.list', {});
  expect(entries).toHaveLength(2);
  expect(new Set(entries.map(({ target }) => target.id))).toEqual(
    new Set(rejected.map(({ developer }) => developer.id)),
  );
  for (const { kind, decision } of entries) {
    expect(kind).toBe('superseded');
    expect(decision).toMatchObject({
      actor: `admin:${second.id}`,
      action: 'reject',
      reason: 'Known for abuse',
    });
    expect(decision?.who).toMatch(/^Dana/);
    expect(decision?.at).toBe(outcomes[0]?.committedAt);
  }
  await expect
    .poll(async () => {
      const { byKind } = await desk.ask('queue.counts', {});
      return byKind.developer;
    }, patience)
    .toEqual({ approved: 18, rejected: 3 });
  await scene.expectConverged();
});

test('two desks that decide the same things offline end up alike', async () => {
  const { whole, portal } = scene;
  const ada = await scene.desk('Ada');
  const bob = await scene.desk('Bob');
  await whole.cable.cut();
  for (const desk of [ada, bob]) await desk.until(({ sync }) => sync.state === 'offline');
  await ada.ask('decide', { action: 'approve', targets: about(portal.requests), reason: null });
  await bob.ask('decide', { action: 'reject', targets: about(portal.requests), reason: 'Not now' });
  await whole.cable.mend();
  for (const desk of [ada, bob]) await desk.until(settled);

  const kindsOf = async (desk: typeof ada): Promise<number> =>
    (await desk.ask('attention.list', {})).entries.length;
  // Whoever came first: an approval on an old basis gives way, a rejection closes what was just approved.
  const [overruled, surprised] = [await kindsOf(ada), await kindsOf(bob)];
  expect(surprised).toBe(0);
  for (const desk of [ada, bob]) {
    await expect
      .poll(async () => {
        const { byKind } = await desk.ask('queue.counts', {});
        return [
          (byKind.developer.rejected ?? 0) + (byKind.developer.revoked ?? 0),
          byKind.developer.approved,
        ];
      }, patience)
      .toEqual([21, undefined]);
    const rejected = (await desk.ask('queue.counts', {})).byKind.developer.rejected ?? 0;
    expect(rejected).toBe(overruled);
  }
  await scene.expectConverged();
});
