/**
 * Two servers on one database. Who is let in at the one is shut out at the other, by each of the ways that there are: the
 * socket has to be closed within five seconds, and what it sends meanwhile comes to nothing.
 */
import { testIntent, createTestPortal, type TestPortal } from '../../../sync-server/decisions/testing.ts';
import { changeRole } from '../../../sync-server/admins/roles.ts';
import {
  adminById,
  deactivateAdmin,
  endSessionsOf,
  removeAdmin,
  revokeDevice,
} from '../../../sync-server/admins/people.ts';
import { endSession } from '../../../sync-server/admins/sessions.ts';
import { signedInAdmin, type TestAdmin } from '../../../sync-server/admins/testing.ts';
import { TestDesk } from '../../../sync-server/replication/testing.ts';
import { sessionsChannel } from '../../../sync-server/changelog/notices.ts';
import type { TestWire } from '../../../sync-server/db/testing-wire.ts';
import type { RunningServer } from '../../../sync-server/server.ts';
import { startCluster } from '../../support/cluster.ts';
import { collectFindings, type Check, type Findings, type Run } from '../check.ts';
import { within } from '../killing/deciding.ts';

const limit = 5_000;
const by = { actor: 'system' };

interface Way {
  readonly what: string;
  readonly codes: readonly string[];
  /** Whether the admin may come back at once, with other rights. */
  readonly comesBack?: true;
  /** Whether the line over which the other server hears of it is cut without a word, just before. */
  readonly unheard?: true;
  readonly shutOut: (server: RunningServer, admin: TestAdmin) => Promise<unknown>;
}

const gone = ['unauthenticated', 'device_revoked'];

const ways: readonly Way[] = [
  {
    what: 'the device is removed',
    codes: gone,
    shutOut: ({ deps }, { device }) =>
      deps.commit((change) => revokeDevice(change, { device, adminId: null }, by)),
  },
  {
    what: 'the device is removed by hand',
    codes: gone,
    shutOut: ({ deps }, { device }) =>
      deps.pool.query('update devices set revoked_at = now() where id = $1', [device]),
  },
  {
    what: 'the device is removed while its server’s line to the database has gone silent',
    codes: gone,
    unheard: true,
    shutOut: ({ deps }, { device }) =>
      deps.commit((change) => revokeDevice(change, { device, adminId: null }, by)),
  },
  {
    what: 'the admin is deactivated',
    codes: gone,
    shutOut: ({ deps }, { id }) => deps.commit((change) => deactivateAdmin(change, id, by)),
  },
  {
    what: 'the admin is removed',
    codes: gone,
    shutOut: ({ deps }, { id }) => deps.commit((change) => removeAdmin(change, id, by)),
  },
  {
    what: 'all sessions are ended',
    codes: gone,
    shutOut: ({ deps }, { id }) => deps.commit((change) => endSessionsOf(change, id)),
  },
  {
    what: 'the admin signs out',
    codes: gone,
    shutOut: ({ deps }, { token }) => endSession(deps, token),
  },
  {
    what: 'the role is lowered',
    codes: ['session_changed'],
    comesBack: true,
    shutOut: ({ deps }, { id }) =>
      deps.commit(async (change) => {
        const { email } = await adminById(change, id);
        await changeRole(change, { email, role: 'viewer' }, by);
      }),
  },
];

interface Scene {
  readonly wire: TestWire;
  readonly here: RunningServer;
  readonly there: string;
  readonly portal: TestPortal;
  readonly findings: Findings;
}

async function revokeOnce({ wire, here, there, portal, findings }: Scene, number: number): Promise<void> {
  const way = ways[number % ways.length];
  const developer = portal.requests[number]?.developer;
  if (!way || !developer) throw new Error('no such case');
  const { deps } = here;
  const admin = await signedInAdmin(deps, 'reviewer');
  const desk = await TestDesk.connect(there, admin.headers);
  if (way.unheard) wire.silence(`listen ${sessionsChannel}`);
  await way.shutOut(here, admin);
  const start = performance.now();
  const target = { kind: 'developer' as const, id: developer.id };
  // One that keeps silent has to be closed as well as one that goes on.
  const silent = Math.floor(number / ways.length) % 2 === 0;
  if (!silent) desk.decide(testIntent(admin.device, 'approve', target));
  const where = `${way.what}, the client ${silent ? 'silent' : 'going on'}`;
  const code = await within(desk.ended(), where, limit).catch(() => 'open');
  const took = Math.round(performance.now() - start);
  if (code === 'open') findings.add('unauthorised', `${where}: still open after ${took} ms`);
  else if (!way.codes.includes(code ?? ''))
    findings.add('unauthorised', `${where}: closed with ${code ?? 'nothing'}`);
  desk.socket.terminate();
  const { rows } = await deps.pool.query<{ state: unknown }>('select state from developers where id = $1', [
    developer.id,
  ]);
  if (rows[0]?.state !== 'pending') findings.add('unauthorised', `${where}: a decision went through`);
  const back = await TestDesk.connect(there, admin.headers).then(
    (again) => again.close().then(() => true),
    () => false,
  );
  if (back !== (way.comesBack ?? false)) findings.add('unauthorised', `${where}: came back: ${String(back)}`);
}

async function run({ cases, progress }: Run): Promise<ReturnType<Findings['tally']>> {
  const findings = collectFindings();
  const cluster = await startCluster(1);
  try {
    const { side, balancer, wire } = cluster;
    const portal = await createTestPortal(side.deps.commit, cases);
    const bystander = await TestDesk.connect(balancer.url, (await signedInAdmin(side.deps)).headers);
    for (let number = 0; number < cases; number++) {
      await revokeOnce({ wire, here: side, there: balancer.url, portal, findings }, number);
      progress(number + 1);
    }
    if (bystander.goodbye !== null) findings.add('lost', `somebody else was sent away: ${bystander.goodbye}`);
    await bystander.close();
  } finally {
    await cluster.close();
  }
  return findings.tally(cases);
}

export const revokedSocket: Check = {
  name: 'revoked-socket',
  property:
    'who is shut out at one server has no open socket at any other within 5 s, and nothing that comes over it is applied',
  unit: 'revocations',
  cases: 56,
  few: 8,
  run,
};
