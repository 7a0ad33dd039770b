/**
 * The server's disk is filled up, to the last page of its database or to the last of its write-ahead log, while admins
 * decide. What it cannot keep it does not acknowledge; when there is room again everything goes on, with nobody signed
 * out.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { settled, testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import { createAdmin } from '../../../sync-server/admins/accounts.ts';
import { createTestPortal, type TestPortal } from '../../../sync-server/decisions/testing.ts';
import { startServer, type RunningServer } from '../../../sync-server/server.ts';
import { layCable, type Cable } from '../../support/cut.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { hurriedClock, judge, judgeLog, within } from '../killing/deciding.ts';
import { cannotMount, mountSmallDisk, type SmallDisk } from './disk-full/small-disk.ts';

const batch = 3;
/** Bytes that are put into the log at once, to come to its end. */
const chunk = 1_000_000;

interface Scene {
  readonly disk: SmallDisk;
  readonly cable: Cable;
  readonly server: () => RunningServer;
  /** As a supervisor would, where the database has ended the server. */
  readonly revive: () => Promise<void>;
  readonly findings: Findings;
  readonly portal: TestPortal;
}

/** Writes until nothing more goes in, beside the tables: to the end of the last file of the log. */
async function exhaust({ server }: Scene): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      await server().deps.pool.query('select pg_logical_emit_message(true, $1, repeat($2, $3))', [
        'full',
        'x',
        chunk,
      ]);
    } catch {
      return;
    }
  }
  throw new Error('the disk does not fill up');
}

/** What a full disk says over HTTP, in words for a program. */
async function expectUnavailable({ cable, findings }: Scene, where: string): Promise<void> {
  const answer = await fetch(`${cable.url}/readyz`).catch(() => null);
  // Back already, or not to be reached: both are true. An error that nobody foresaw is not.
  if (answer && answer.status !== 200 && answer.status !== 503)
    findings.add('lost', `${where}: answers ${answer.status}`);
}

async function until(work: () => Promise<unknown>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const failed = await work().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (!failed) return;
    if (Date.now() > deadline) throw new Error(`${what}: ${String(failed.error)}`, { cause: failed.error });
    await passing(100);
  }
}

async function fillOnce(scene: Scene, desk: TestDesk, ids: readonly string[], number: number): Promise<void> {
  const { disk, findings, server } = scene;
  const where = `filling ${number + 1}`;
  const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
  await disk.fill(0);
  if (number % 2 === 1) await exhaust(scene);
  // The desk's own disk has room: it takes the decision, and keeps it for as long as it must.
  await desk.ask('decide', { action: 'approve', targets, reason: null });
  await passing(200);
  await expectUnavailable(scene, where);
  await disk.empty();
  await until(async () => {
    // It may take PostgreSQL a moment to find that it cannot recover, and to end.
    await scene.revive();
    await server().deps.pool.query('select 1');
  }, `${where}: the database is back`);
  await within(desk.until(settled), `${where}: everything answered`, 60_000);
  if (!(await desk.ask('session.get', {})).signedIn)
    findings.add('lost', `${where}: the admin was signed out`);
  if ((await desk.ask('attention.list', {})).entries.length > 0)
    findings.add('lost', `${where}: a decision came back`);
  await judge(server().deps.pool, { acknowledged: ids, open: [] }, findings, where);
}

async function run({ cases, progress, seed }: Run): Promise<Tally> {
  const findings = collectFindings();
  const disk = await mountSmallDisk(192);
  const folders = await deskFolders();
  const dataDir = join(disk.folder, 'server');
  await mkdir(dataDir, { mode: 0o711 });
  let running: RunningServer | null = null;
  let ended = false;
  const cable = await layCable(() => running?.config.port ?? 0);
  const start = async (): Promise<RunningServer> => {
    ended = false;
    running = await startServer({
      flags: { dataDir, port: 0, publicUrl: cable.url },
      env: {},
      logLevel: 'silent',
      onFailure: () => (ended = true),
    });
    return running;
  };
  let done = 0;
  try {
    const { deps } = await start();
    const portal = await createTestPortal(deps.commit, cases * batch);
    const person = { email: 'ada@example.com', password: 'the long word of Ada' };
    await deps.commit((change) =>
      createAdmin(change, deps.clock, { ...person, name: 'Ada', role: 'owner' }, { actor: 'system' }),
    );
    const server = (): RunningServer => running ?? absent();
    const revive = async (): Promise<void> => {
      if (!ended) return;
      await running?.close();
      await start();
    };
    const scene: Scene = { disk, cable, server, revive, findings, portal };
    const desk = await testDesk({
      dataDir: await folders.make(),
      server: cable.url,
      clock: hurriedClock,
      openBrowser: formBrowser(person),
    });
    try {
      await desk.signIn();
      for (; done < cases; done++) {
        const of = portal.requests.slice(done * batch, (done + 1) * batch);
        await fillOnce(
          scene,
          desk,
          of.map(({ developer }) => developer.id),
          done,
        );
        progress(done + 1);
      }
      await judgeLog(server().deps.pool, findings);
    } catch (error) {
      findings.add('lost', `seed ${seed}: ${String(error)}`);
    } finally {
      await desk.close();
    }
    return findings.tally(Math.max(done, 1));
  } finally {
    await cable.close();
    await disk.empty();
    await (running as RunningServer | null)?.close();
    await folders.remove();
    await disk.remove();
  }
}

function absent(): never {
  throw new Error('the server has not been started');
}

export const diskFullServer: Check = {
  name: 'disk-full-server',
  property:
    'on a full disk the server acknowledges nothing it cannot keep; with room again everything goes on',
  unit: 'fillings',
  cases: 12,
  few: 2,
  missing: cannotMount,
  run,
};
