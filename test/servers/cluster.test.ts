import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedInAdmin } from '../../sync-server/admins/testing.ts';
import { createTestPortal, testIntent } from '../../sync-server/decisions/testing.ts';
import { TestDesk } from '../../sync-server/replication/testing.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { formBrowserSession } from '../support/sign-in-session.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster(3);
}, 120_000);

afterAll(() => cluster.close());

const urlOf = (number: number): string => `http://127.0.0.1:${cluster.members[number]?.running?.port ?? 0}`;

describe('three servers on one database', () => {
  it('share sign-ins: who was let in by one is in at the others', async () => {
    const person = await cluster.addAdmin('Ada');
    const { requests } = await createTestPortal(cluster.side.deps.commit, 1);
    const email = requests[0]?.developer.email ?? '';
    const session = await formBrowserSession(cluster.balancer.url, person);
    cluster.balancer.hangUp();
    // What finds its connection gone is not sent again by itself; what comes next goes to the next server.
    await fetch(cluster.balancer.url).catch(() => undefined);
    expect(await session.rejectDevelopers([email], 'No')).toMatchObject([{ kind: 'applied' }]);
  });

  it('answer the same intent once, wherever and however often it is sent', async () => {
    const { deps } = cluster.side;
    const admin = await signedInAdmin(deps);
    const { requests } = await createTestPortal(deps.commit, 1);
    const target = { kind: 'developer' as const, id: requests[0]?.developer.id ?? '' };
    const intent = testIntent(admin.device, 'approve', target);
    const desks = await Promise.all(
      [0, 1, 2].map((number) => TestDesk.connect(urlOf(number), admin.headers)),
    );
    for (const desk of desks) desk.decide(intent);
    // One that comes last is answered after all three.
    const last = testIntent(admin.device, 'revoke', target);
    for (const desk of desks) {
      desk.decide(last);
      await desk.until(() => desk.outcomes().some(({ intent: id }) => id === last.id));
      expect(desk.outcomes().map(({ intent: id }) => id)).toEqual([intent.id, last.id]);
      await desk.close();
    }
    const { rows } = await deps.pool.query(
      `select 1 from change_log where kind = 'outcome' and device = $1`,
      [admin.device],
    );
    expect(rows).toHaveLength(2);
  });

  it('number what all of them commit at the same time without a gap', async () => {
    const { deps } = cluster.side;
    const { requests } = await createTestPortal(deps.commit, 60);
    const admins = await Promise.all([0, 1, 2].map(() => signedInAdmin(deps)));
    const desks = await Promise.all(
      admins.map((admin, number) => TestDesk.connect(urlOf(number), admin.headers)),
    );
    for (const [place, { developer }] of requests.entries()) {
      const [desk, admin] = [desks[place % 3], admins[place % 3]];
      desk?.decide(testIntent(admin?.device ?? '', 'approve', { kind: 'developer', id: developer.id }));
    }
    for (const desk of desks) {
      await desk.until(() => desk.outcomes().length === requests.length);
      let at = desk.frames[0]?.prev;
      for (const frame of desk.frames) {
        expect(frame.prev).toBe(at);
        at = frame.to;
      }
      await desk.close();
    }
    const { rows } = await deps.pool.query(
      `select count(*)::int as entries, max(seq)::int as last, (select seq::int from log_head) as head from change_log`,
    );
    const [log] = rows as { entries: number; last: number; head: number }[];
    expect(log?.entries).toBe(log?.head);
    expect(log?.last).toBe(log?.head);
  });
});
