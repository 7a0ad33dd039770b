/** A desk that was away for thirty days, with decisions in its journal and a session that has ended meanwhile. */
import { settled, synced, testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import type { Clock } from '../../../main/core/ports.ts';
import { createCommit } from '../../../sync-server/changelog/commit.ts';
import { createDb } from '../../../sync-server/db/connect.ts';
import { createTestPortal } from '../../../sync-server/decisions/testing.ts';
import type { Action } from '../../../domain/states.ts';
import { layCable } from '../../support/cut.ts';
import { deskFolders, type DeskFolders } from '../../support/desk-folder.ts';
import { compareRows } from '../../support/same-rows.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { hurriedClock, judgeLog, within } from '../killing/deciding.ts';
import { openStage, type Stage } from '../killing/stage.ts';

const thirtyDays = 30 * 24 * 60 * 60 * 1000;
/** What others do meanwhile: requests that come in, four rows each. */
const newcomers = 500;
/** Developers of one return, ten for each thing that may have happened to them. */
const slice = 40;

async function decide(desk: TestDesk, action: Action, ids: readonly string[]): Promise<void> {
  const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
  await desk.ask('decide', { action, targets, reason: action === 'reject' ? 'not now' : null });
}

/** The session of every device ends, as if it had not been used for a month; and much else happens. */
async function aMonthPasses(stage: Stage, stays: string): Promise<void> {
  const db = createDb(stage.pool());
  const commit = createCommit({
    db,
    clock: () => Date.now(),
    projections: [],
    committed: () => undefined,
  });
  await createTestPortal(commit, newcomers);
  await stage.pool().query(
    `update admin_sessions set access_until = now() - interval '29 days', refresh_until = now() - interval '1 hour'
        where device_id is distinct from $1`,
    [stays],
  );
}

interface Answer {
  readonly id: string;
  readonly state: string;
  readonly outcomes: number;
}

/** What each developer is now, and how many outcomes the desk that was away has got for it. */
async function answers(stage: Stage, device: string, ids: readonly string[]): Promise<Answer[]> {
  const { rows } = await stage.pool().query<Answer>(
    `select d.id, d.state, count(l.seq)::int as outcomes
       from developers d left join change_log l on l.entity_id = d.id and l.kind = 'outcome' and l.device = $1
      where d.id = any($2::uuid[]) group by d.id, d.state`,
    [device, ids],
  );
  return rows;
}

async function deviceNamed(stage: Stage, name: string): Promise<string> {
  const { rows } = await stage.pool().query<{ id: string }>(`select id from devices where name = $1`, [name]);
  return rows[0]?.id ?? '';
}

interface Scene {
  readonly stage: Stage;
  readonly folders: DeskFolders;
  readonly home: TestDesk;
  readonly findings: Findings;
}

/** One desk that goes away and comes back. */
async function comeBack({ stage, folders, home, findings }: Scene, number: number): Promise<void> {
  const name = `away ${number}`;
  const cable = await layCable(() => Number(new URL(stage.url).port));
  let skew = 0;
  const clock: Clock = { ...hurriedClock, now: () => hurriedClock.now() + skew };
  const dataDir = await folders.make();
  const needs = { dataDir, server: cable.url, clock, deviceName: name };
  const desk = await testDesk({ ...needs, openBrowser: formBrowser(stage.person) });
  try {
    await desk.signIn();
    const ids = stage.portal.requests
      .slice(number * slice, (number + 1) * slice)
      .map(({ developer }) => developer.id);
    const [untouched, agreed, contradicted, refused] = [0, 10, 20, 30].map((at) => ids.slice(at, at + 10));
    if (!untouched || !agreed || !contradicted || !refused) throw new Error('too few requests');

    await cable.cut();
    await decide(desk, 'approve', [...untouched, ...agreed, ...contradicted]);
    await decide(desk, 'reject', refused);
    await decide(home, 'approve', agreed);
    // Pending again, but by a decision that the desk has not seen.
    await decide(home, 'reject', contradicted);
    await within(home.until(settled), 'what was rejected at home');
    await decide(home, 'reopen', contradicted);
    await within(home.until(settled), 'what was reopened at home');
    await aMonthPasses(stage, await deviceNamed(stage, 'home'));
    skew = thirtyDays;

    await cable.mend();
    const status = await within(
      desk.until(({ sync }) => sync.state === 'signed-out'),
      'the desk asks to sign in again',
    );
    if (status.waiting + status.sent !== slice) findings.add('lost', `${name}: ${JSON.stringify(status)}`);
    await desk.signIn();
    await within(desk.until(settled), 'every decision answered after a month');

    const wished = new Map([
      ...[...untouched, ...agreed].map((id) => [id, 'approved'] as const),
      ...contradicted.map((id) => [id, 'pending'] as const),
      ...refused.map((id) => [id, 'rejected'] as const),
    ]);
    for (const { id, state, outcomes } of await answers(stage, await deviceNamed(stage, name), ids)) {
      if (outcomes !== 1) {
        findings.add(outcomes === 0 ? 'lost' : 'doubled', `${name}: ${outcomes} outcomes for ${id}`);
      }
      if (state !== wished.get(id)) findings.add('unauthorised', `${name}: ${id} is ${state}`);
    }
    const { total } = await desk.ask('attention.list', {});
    if (total !== contradicted.length) findings.add('lost', `${name}: ${total} decisions need attention`);
  } finally {
    await desk.close();
    await cable.close();
  }
  const { differences } = await compareRows(dataDir, (sql) => stage.pool().query(sql));
  for (const { kind } of differences) findings.add('lost', `${name}: the copy differs in its ${kind} rows`);
}

async function goAway(run: Run): Promise<Tally> {
  const findings = collectFindings();
  const stage = await openStage(run.cases * slice);
  const folders = await deskFolders();
  const home = await testDesk({
    dataDir: await folders.make(),
    server: stage.url,
    clock: hurriedClock,
    deviceName: 'home',
    openBrowser: formBrowser(stage.person),
  });
  let done = 0;
  try {
    await home.signIn();
    while (done < run.cases) {
      await comeBack({ stage, folders, home, findings }, done);
      done += 1;
      run.progress(done);
    }
    await home.until(synced);
    await judgeLog(stage.pool(), findings);
  } catch (error) {
    findings.add('lost', String(error));
  } finally {
    await home.close();
    await folders.remove();
    await stage.close();
  }
  return findings.tally(done);
}

export const away: Check = {
  name: 'away',
  property: 'a desk that comes back after thirty days catches up, and each of its decisions is judged once',
  unit: 'returns',
  cases: 3,
  few: 1,
  run: goAway,
};
