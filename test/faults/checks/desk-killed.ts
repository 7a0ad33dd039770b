/** SIGKILL of the desk: while it journals, sends, and hears the answer. */
import { watch } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { randomOf } from '../../../sync-server/demo/random.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { judge, within } from '../killing/deciding.ts';
import { startDeskApart, type DeskApart } from '../killing/desk-apart.ts';
import { keychainOf } from '../killing/desk-words.ts';
import { syncMoments } from '../killing/moments.ts';
import { openStage, type Stage } from '../killing/stage.ts';
import { batch, developersOf, judgeAll } from '../killing/story.ts';

/** A random kill comes this many milliseconds after the decision, at most. */
const soon = 60;

/** A moment on the desk's own disk: its journal is being written. */
const journalled = 'the journal is being written';
const moments = [journalled, ...syncMoments.map(({ name }) => name)];

function journalGrows(dataDir: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(join(dataDir, 'journals'), () => {
      watcher.close();
      resolve();
    });
  });
}

interface Scene {
  readonly stage: Stage;
  readonly dataDir: string;
  readonly findings: Findings;
}

function atMoment({ stage, dataDir }: Scene, name: string): Promise<void> {
  if (name === journalled) return journalGrows(dataDir);
  const moment = syncMoments.find((one) => one.name === name);
  if (!moment) throw new Error(`no moment “${name}”`);
  return stage.wires.sync.freezeAt(moment.watch());
}

/** One kill, and the desk that comes after it. */
async function killOnce(
  scene: Scene,
  desk: DeskApart,
  ids: readonly string[],
  moment: string | number,
): Promise<DeskApart> {
  const { stage, dataDir, findings } = scene;
  const where = typeof moment === 'string' ? moment : `${moment} ms after the decision`;
  const reached = typeof moment === 'string' ? atMoment(scene, moment) : passing(moment);
  let shown = false;
  void desk.decide(ids).then(() => {
    shown = true;
  });
  await within(reached, where);
  await desk.kill();
  const acknowledged = shown ? ids : [];
  const open = shown ? [] : ids;
  stage.wires.sync.thaw();
  const next = await within(startDeskApart(dataDir, stage.url, stage.person), `a start after ${where}`);
  await within(next.settled(), `every decision answered after a kill (${where})`);
  await judge(stage.pool(), { acknowledged, open }, findings, where);
  return next;
}

async function killDesk(run: Run): Promise<Tally> {
  const random = randomOf('desk kills', run.seed);
  const findings = collectFindings();
  const stage = await openStage(run.cases * batch);
  const folders = await deskFolders();
  const dataDir = await folders.make();
  await mkdir(join(dataDir, 'journals'), { recursive: true, mode: 0o700 });
  const scene = { stage, dataDir, findings };
  let desk = await startDeskApart(dataDir, stage.url, stage.person);
  let done = 0;
  try {
    while (done < run.cases) {
      const named = moments[(done / 2) % moments.length];
      const moment = done % 2 === 0 && named ? named : random.below(soon);
      desk = await killOnce(scene, desk, developersOf(stage, done), moment);
      done += 1;
      run.progress(done);
    }
  } catch (error) {
    findings.add('lost', String(error));
  }
  try {
    await desk.close();
    await judgeAll(stage, dataDir, done, findings);
  } finally {
    await rm(keychainOf(dataDir), { force: true });
    await folders.remove();
    await stage.close();
  }
  return findings.tally(done);
}

export const deskKilled: Check = {
  name: 'desk-killed',
  property: 'a decision that was shown reaches the server once, whenever the desk is killed',
  unit: 'kills',
  cases: 32,
  few: 10,
  run: killDesk,
};
