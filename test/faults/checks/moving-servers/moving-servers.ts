/**
 * Three servers on one database behind a balancer. A desk that decides and a gateway that follows are moved between them
 * again and again: hung up on, or their server is killed. Each decision has to be answered once, the log to be without a
 * gap, and both copies to be what the database says.
 */
import type { QueueRow } from '../../../../domain/desk/rows.ts';
import type { Row } from '../../../../domain/entities.ts';
import { formatCursor } from '../../../../domain/cursor.ts';
import { settled, testDesk, type TestDesk } from '../../../../main/core/testing/desk.ts';
import { signedInAdmin } from '../../../../sync-server/admins/testing.ts';
import { createTestPortal, type TestPortal } from '../../../../sync-server/decisions/testing.ts';
import { randomOf } from '../../../../sync-server/demo/random.ts';
import { readHead } from '../../../../sync-server/replication/frames.ts';
import { startCluster, type Cluster } from '../../../support/cluster.ts';
import { deskFolders } from '../../../support/desk-folder.ts';
import { compareRows } from '../../../support/same-rows.ts';
import { formBrowser } from '../../../support/sign-in.ts';
import { collectFindings, type Check, type Findings, type Run } from '../../check.ts';
import { chosen } from '../../chosen.ts';
import { hurriedClock, judge, judgeLog, within } from '../../killing/deciding.ts';
import { download } from './download.ts';
import { startFollower, type Follower } from './gateway.ts';
import { sendMails } from './mails.ts';

const servers = 3;
/** Decisions a move. */
const batch = 4;
/** One move in so many is a kill, and as often a snapshot is loaded part by part. */
const oneInKills = 4;

interface Scene {
  readonly cluster: Cluster;
  readonly portal: TestPortal;
  readonly desk: TestDesk;
  readonly follower: Follower;
  readonly token: string;
  readonly findings: Findings;
  /** Members on their way back. */
  returning: Promise<void>;
}

/** Something that the gateway has to hear of, and a developer that the desk has to show; answers the developer's id. */
async function changeAtTheSide({ cluster, portal, follower }: Scene, number: number): Promise<string> {
  const { service } = follower.small;
  const [request] = portal.requests;
  if (!request) throw new Error('no request');
  return cluster.side.deps.commit(async (change) => {
    const row: Row<'developer'> = {
      ...request.developer,
      id: crypto.randomUUID(),
      email: `${crypto.randomUUID()}@example.com`,
      createdAt: change.now,
    };
    const by = { actor: 'system' };
    await change.put('service', [{ ...service, open: number % 2 === 0, revision: number + 2 }], by);
    await change.put('developer', [row], by);
    return row.id;
  });
}

/** Milliseconds. */
const patience = 30_000;

/** Asks again and again, and stops asking where it takes too long: what is closed by then answers nothing new for ever. */
async function poll(met: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + patience; !(await within(met(), what, patience));) {
    if (performance.now() > end) throw new Error(`${what}: not within ${patience} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function newest(desk: TestDesk): Promise<QueueRow | undefined> {
  const filter = { kinds: ['developer' as const], states: [], portalId: null, search: '' };
  return (await desk.ask('queue.page', { filter, after: null, limit: 1 })).rows[0];
}

async function killOne(scene: Scene, random: ReturnType<typeof randomOf>): Promise<void> {
  const { cluster } = scene;
  await scene.returning;
  const member = chosen(cluster.members, random);
  await cluster.kill(member);
  scene.returning = cluster.start(member);
  // It is awaited before the next kill; until then nobody listens.
  scene.returning.catch(() => undefined);
}

async function moveOnce(scene: Scene, number: number, seed: number): Promise<void> {
  const { cluster, portal, desk, follower, findings } = scene;
  const random = randomOf('move', seed, number);
  const ids = portal.requests
    .slice(number * batch, (number + 1) * batch)
    .map(({ developer }) => developer.id);
  const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
  const killed = number % oneInKills === oneInKills - 1;
  const where = `move ${number} of seed ${seed} (${killed ? 'killed' : 'hung up'})`;
  await desk.ask('decide', { action: 'approve', targets, reason: null });
  const changing = changeAtTheSide(scene, number);
  await new Promise((resolve) => setTimeout(resolve, random.below(40)));
  if (killed) await killOne(scene, random);
  else cluster.balancer.hangUp();
  const last = await changing;
  await within(desk.until(settled), `${where}: every decision to be answered`);
  await poll(async () => (await newest(desk))?.id === last, `${where}: the desk to show the change`);
  const { db, pool } = cluster.side.deps;
  const enforced = async (): Promise<boolean> => follower.acknowledged() === formatCursor(await readHead(db));
  await poll(enforced, `${where}: the gateway to have it`);
  await judge(pool, { acknowledged: ids, open: [] }, findings, where);
  if (number % oneInKills === 0) {
    const wrong = await within(download(cluster.balancer.url, scene.token), `${where}: a snapshot`);
    if (wrong !== null) findings.add('lost', `${where}: ${wrong}`);
  }
}

async function judgeAll({ cluster, follower, findings }: Scene, dataDir: string): Promise<void> {
  const { pool } = cluster.side.deps;
  await judgeLog(pool, findings);
  const { differences } = await compareRows(dataDir, (sql) => pool.query(sql));
  for (const { kind } of differences) findings.add('lost', `the desk’s copy differs in its ${kind} rows`);
  if (follower.snapshots() > 1) findings.add('lost', `the gateway took ${follower.snapshots()} whole states`);
  if (cluster.balancer.handed.size < servers) findings.add('lost', 'not every server was asked');
}

async function run({ cases, seed, progress }: Run): Promise<ReturnType<Findings['tally']>> {
  const findings = collectFindings();
  const cluster = await startCluster(servers);
  const folders = await deskFolders();
  const dataDir = await folders.make();
  let done = 0;
  try {
    const { deps } = cluster.side;
    const portal = await createTestPortal(deps.commit, cases * batch);
    const follower = await startFollower(cluster);
    const { token } = await signedInAdmin(deps);
    const person = await cluster.addAdmin('Ada');
    const openBrowser = formBrowser(person);
    const server = cluster.balancer.url;
    const desk = await testDesk({ dataDir, server, clock: hurriedClock, openBrowser });
    const scene: Scene = { cluster, portal, desk, follower, token, findings, returning: Promise.resolve() };
    try {
      await desk.signIn();
      await sendMails(cluster, findings);
      for (; done < cases; done++) {
        await moveOnce(scene, done, seed);
        progress(done + 1);
      }
      await desk.close();
      await judgeAll(scene, dataDir);
    } catch (error) {
      findings.add('lost', String(error));
      await desk.close();
    }
    await scene.returning;
    await follower.close();
  } finally {
    await folders.remove();
    await cluster.close();
  }
  return findings.tally(done);
}

export const movingServers: Check = {
  name: 'moving-servers',
  property:
    'a desk and a gateway that move between three servers, also from killed ones, miss nothing; each decision and mail goes through once',
  unit: 'moves',
  cases: 40,
  few: 4,
  run,
};
