/** A desk that decides slice after slice while something goes wrong each time, and how it has to end. */
import { settled, testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { compareRows } from '../../support/same-rows.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { collectFindings, type Findings, type Run, type Tally } from '../check.ts';
import { hurriedClock, judge, judgeLog, within } from './deciding.ts';
import { openStage, type Stage } from './stage.ts';

/** Decisions a fault. */
export const batch = 3;

export interface Trouble {
  readonly stage: Stage;
  readonly desk: TestDesk;
  /** Approves these developers; resolves once the desk has recorded it. */
  readonly decide: (ids: readonly string[]) => Promise<void>;
}

/** Lets one thing go wrong around the decision about `ids`, and answers what it was. */
export type GoWrong = (trouble: Trouble, ids: readonly string[], number: number) => Promise<string>;

/** The developers of the case with this number. */
export function developersOf(stage: Stage, number: number): readonly string[] {
  return stage.portal.requests
    .slice(number * batch, (number + 1) * batch)
    .map(({ developer }) => developer.id);
}

/** The truth after all of it: outcomes, the log, and the desk's own copy, which has to be closed by now. */
export async function judgeAll(
  stage: Stage,
  dataDir: string,
  done: number,
  findings: Findings,
): Promise<void> {
  const open = Array.from({ length: done }, (_, number) => developersOf(stage, number)).flat();
  await judge(stage.pool(), { acknowledged: [], open }, findings, 'at the end');
  await judgeLog(stage.pool(), findings);
  const { differences } = await compareRows(dataDir, (sql) => stage.pool().query(sql));
  for (const { kind } of differences) findings.add('lost', `the desk’s copy differs in its ${kind} rows`);
}

/** After each case every decision has to be answered and to stand, once. */
export async function tellStory(run: Run, goWrong: GoWrong): Promise<Tally> {
  const findings = collectFindings();
  const stage = await openStage(run.cases * batch);
  const folders = await deskFolders();
  const dataDir = await folders.make();
  const openBrowser = formBrowser(stage.person);
  const desk = await testDesk({ dataDir, server: stage.url, clock: hurriedClock, openBrowser });
  const decide = async (ids: readonly string[]): Promise<void> => {
    const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
    await desk.ask('decide', { action: 'approve', targets, reason: null });
  };
  let done = 0;
  try {
    await desk.signIn();
    while (done < run.cases) {
      const ids = developersOf(stage, done);
      const what = await goWrong({ stage, desk, decide }, ids, done);
      await within(desk.until(settled), `every decision answered after “${what}”`);
      await judge(stage.pool(), { acknowledged: ids, open: [] }, findings, what);
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
    await folders.remove();
    await stage.close();
  }
  return findings.tally(done);
}
