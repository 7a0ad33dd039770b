/** SIGKILL of the sync-server, and of its PostgreSQL, at named moments of a decision's way and at random. */
import { setTimeout as passing } from 'node:timers/promises';
import { settled, testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import { randomOf } from '../../../sync-server/demo/random.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { compareRows } from '../../support/same-rows.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { hurriedClock, judge, judgeLog, slices, within } from '../killing/deciding.ts';
import { databaseMoments, syncMoments, type NamedMoment } from '../killing/moments.ts';
import { openStage, type Stage } from '../killing/stage.ts';

/** Decisions a kill. */
const batch = 3;
/** A random kill comes this many milliseconds after the decision, at most. */
const soon = 40;

type Victim = 'killServer' | 'killDatabase';

async function decide(desk: TestDesk, ids: readonly string[]): Promise<void> {
  const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
  await desk.ask('decide', { action: 'approve', targets, reason: null });
}

interface Scene {
  readonly stage: Stage;
  readonly desk: TestDesk;
  readonly findings: Findings;
}

/** One kill: everything the desk had shown as decided must be there, once, when the dust has settled. */
async function killOnce(
  { stage, desk, findings }: Scene,
  victim: Victim,
  ids: readonly string[],
  moment: NamedMoment | number,
): Promise<void> {
  const named = typeof moment !== 'number';
  const where = named ? moment.name : `${moment} ms after the decision`;
  // Before the decision: it is on its way at once.
  const reached = named ? stage.wires[moment.wire].freezeAt(moment.watch()) : passing(moment);
  await decide(desk, ids);
  await within(reached, where);
  await stage[victim]();
  await within(desk.until(settled), `every decision answered after a kill (${where})`);
  await judge(stage.pool(), { acknowledged: ids, open: [] }, findings, where);
}

async function killAll(victim: Victim, moments: readonly NamedMoment[], run: Run): Promise<Tally> {
  const random = randomOf('kills', victim, run.seed);
  const findings = collectFindings();
  const stage = await openStage(run.cases * batch);
  const folders = await deskFolders();
  const dataDir = await folders.make();
  const openBrowser = formBrowser(stage.person);
  const desk = await testDesk({ dataDir, server: stage.url, clock: hurriedClock, openBrowser });
  let done = 0;
  try {
    await desk.signIn();
    const next = slices(stage.portal.requests, batch);
    while (done < run.cases) {
      // Each named moment in turn, and as often one that nobody chose.
      const named = moments[(done / 2) % moments.length];
      const moment = done % 2 === 0 && named ? named : random.below(soon);
      await killOnce({ stage, desk, findings }, victim, next(), moment);
      done += 1;
      run.progress(done);
    }
  } catch (error) {
    findings.add('lost', String(error));
  } finally {
    await desk.close();
  }
  try {
    const all = stage.portal.requests.slice(0, done * batch).map(({ developer }) => developer.id);
    await judge(stage.pool(), { acknowledged: all, open: [] }, findings, 'at the end');
    await judgeLog(stage.pool(), findings);
    const { differences } = await compareRows(dataDir, (sql) => stage.pool().query(sql));
    for (const { kind } of differences) findings.add('lost', `the desk’s copy differs in its ${kind} rows`);
  } finally {
    await folders.remove();
    await stage.close();
  }
  return findings.tally(done);
}

export const serverKilled: Check = {
  name: 'server-killed',
  property: 'a decision that the desk has shown has exactly one outcome, whenever the sync-server is killed',
  unit: 'kills',
  cases: 40,
  few: 12,
  run: (run) => killAll('killServer', [...databaseMoments, ...syncMoments], run),
};

export const databaseKilled: Check = {
  name: 'database-killed',
  property: 'the same whenever its PostgreSQL is killed, and the server goes on by itself',
  unit: 'kills',
  cases: 32,
  few: 8,
  run: (run) => killAll('killDatabase', databaseMoments, run),
};
