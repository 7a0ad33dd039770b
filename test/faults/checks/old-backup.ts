/** A server whose disk is lost, and that comes back from a backup older than what it had acknowledged. */
import { join } from 'node:path';
import type { Target } from '../../../domain/intents.ts';
import type { Action } from '../../../domain/states.ts';
import { settled, type TestDesk } from '../../../main/core/testing/desk.ts';
import { makeBackup } from '../../../sync-server/backup/make.ts';
import { compactClosings } from '../../../sync-server/closings/compact.ts';
import type { TestRequest } from '../../../sync-server/decisions/testing.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { recover } from '../../../sync-server/recover.ts';
import { compareRows } from '../../support/same-rows.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { within } from '../killing/deciding.ts';
import { tryCutLog } from '../restoring/cut-log.ts';
import { giveSecrets, type OldSecrets } from '../restoring/old-secrets.ts';
import { openPlace, type Place } from '../restoring/place.ts';

const people = 10;
const stepsBefore = 8;
const stepsAfter = 8;

const wishes = ['approve', 'approve', 'approve', 'revoke', 'reject', 'reinstate', 'reopen'] as const;
const kinds = ['developer', 'application', 'registration'] as const;

/** Those that chance may choose. */
const unspared = ({ portal, spared }: Place): TestRequest[] =>
  portal.requests.filter((request) => request !== spared);

/** What an admin does at the desk: one wish about a few things of one kind. */
async function decide(place: Place, random: Random, action: Action = random.pick(wishes)): Promise<void> {
  const kind = random.pick(kinds);
  const count = 1 + random.below(3);
  const requests = unspared(place);
  const chosen = Array.from({ length: count }, () => requests[random.below(requests.length)]);
  const targets: Target[] = [...new Set(chosen)].flatMap((one) => (one ? [{ kind, id: one[kind].id }] : []));
  await place.desk.ask('decide', { action, targets, reason: null });
}

/** What developers do meanwhile: a key is deleted, or is to end soon. */
async function touchKey({ change, spared }: Place, random: Random): Promise<void> {
  await change(async (open) => {
    const all = open.db.selectFrom('credentials').selectAll().orderBy('id');
    const keys = await all.where('id', '<>', spared.credential.id).execute();
    const key = keys[random.below(keys.length)];
    if (!key || keys.length < people / 2) return;
    const by = { actor: 'developer:somebody' };
    if (random.share() < 0.6) await open.drop('credential', [key], by);
    else {
      const notAfter = new Date(Date.now() - 1_000).toISOString();
      await open.put('credential', [{ ...key, state: 'expired', notAfter, revision: key.revision + 1 }], by);
    }
  });
}

/** A key that opens something just now is deleted. */
async function deleteOpenKey({ change, open, keyOf, spared }: Place): Promise<void> {
  const id = [...(await open())].map(keyOf).find((key) => key !== spared.credential.id);
  if (id === undefined) return;
  await change(async (now) => {
    const key = await now.db.selectFrom('credentials').selectAll().where('id', '=', id).executeTakeFirst();
    if (key) await now.drop('credential', [key], { actor: 'developer:somebody' });
  });
}

async function step(place: Place, random: Random): Promise<void> {
  if (random.share() < 0.25) return touchKey(place, random);
  await decide(place, random);
  await within(place.desk.until(settled), 'the decisions have their answers');
}

/** Closed, and opened again by somebody who meant it: a restore must not close it once more. */
async function thereAndBack(
  { desk }: Place,
  requests: readonly TestRequest[],
  after: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const targets = requests.map(({ application }) => ({ kind: 'application' as const, id: application.id }));
  if (targets.length === 0) return;
  for (const action of ['revoke', 'reinstate'] as const) {
    await desk.ask('decide', { action, targets, reason: null });
    await within(desk.until(settled), 'there and back');
    await after();
  }
}

/** Everybody approved: so that there is something to close. */
async function openDoors({ desk, portal }: Place): Promise<void> {
  for (const kind of kinds) {
    const targets = portal.requests.map((request) => ({ kind, id: request[kind].id }));
    await desk.ask('decide', { action: 'approve', targets, reason: null });
  }
  await within(desk.until(settled), 'everybody is approved');
}

/** What was acknowledged as done until the disk was lost. */
async function acknowledged({ pool }: Place): Promise<string[]> {
  const { rows } = await pool().query<{ intent: string }>(
    `select intent from intent_outcomes where outcome ->> 'kind' in ('applied', 'noop')`,
  );
  return rows.map(({ intent }) => intent);
}

async function judgeOutcomes(
  { pool }: Place,
  before: readonly string[],
  findings: Findings,
  where: string,
): Promise<void> {
  const { rows: kept } = await pool().query<{ intent: string }>('select intent from intent_outcomes');
  const known = new Set(kept.map(({ intent }) => intent));
  for (const intent of before) {
    if (!known.has(intent)) findings.add('lost', `${where}: nobody offered the decision ${intent} again`);
  }
  const { rows: foreign } = await pool().query<{ intent: string }>(
    `select intent from intent_outcomes where outcome ->> 'code' = 'device_foreign'`,
  );
  for (const { intent } of foreign) {
    findings.add('lost', `${where}: the decision ${intent} is not taken from the desk that made it`);
  }
  const { rows: twice } = await pool().query<{ intent: string; kind: string }>(
    `select intent, kind from change_log where intent is not null
      group by device, intent, kind, case when kind = 'row' then entity_id end having count(*) > 1`,
  );
  for (const { intent, kind } of twice) {
    findings.add('doubled', `${where}: the decision ${intent} has two entries (${kind})`);
  }
}

function minus(from: Iterable<string>, what: ReadonlySet<string>): string[] {
  return [...from].filter((pair) => !what.has(pair));
}

const nameOf = (number: number): string => `restore ${number}`;

/** One loss and one restore. */
async function loseAndRestore(
  place: Place,
  random: Random,
  findings: Findings,
  number: number,
): Promise<void> {
  const { whole } = place;
  const where = nameOf(number);
  for (let left = random.below(stepsBefore); left > 0; left--) await step(place, random);
  const half = (): TestRequest[] => unspared(place).filter(() => random.share() < 0.5);
  await thereAndBack(place, [place.spared, ...half()]);
  const secrets = await giveSecrets(place, number);
  const file = join(whole.dataDir, `${where.replaceAll(/\W+/g, '-')}.backup`);
  await makeBackup(place.pool(), file, new Date().toISOString());

  let untouched = [...(await place.open())];
  if (!untouched.some((pair) => place.keyOf(pair) === place.spared.credential.id)) {
    throw new Error('who is spared has nothing to lose');
  }
  const look = async (): Promise<void> => {
    const now = await place.open();
    untouched = untouched.filter((pair) => now.has(pair));
  };
  for (let left = 2 + random.below(stepsAfter); left > 0; left--) {
    await step(place, random);
    await look();
  }
  // Whatever chance chose: something that the backup lacks, closed and opened, and a key that is gone.
  await thereAndBack(place, half(), look);
  await deleteOpenKey(place);
  await look();
  await secrets.end();
  const late = await place.anotherDesk();
  try {
    await decide({ ...place, desk: late }, random, 'revoke');
    await within(late.until(settled), 'the decisions of the new desk have their answers');
    await look();
    await restoreAndReturn(place, { random, findings, number, file, late, secrets, untouched });
  } finally {
    await late.close();
  }
}

interface Lost {
  readonly random: Random;
  readonly findings: Findings;
  readonly number: number;
  readonly file: string;
  /** A desk that the backup does not know. */
  readonly late: TestDesk;
  readonly secrets: OldSecrets;
  /** What was open at the backup, and closed by nobody since. */
  readonly untouched: readonly string[];
}

async function restoreAndReturn(place: Place, lost: Lost): Promise<void> {
  const { random, findings, number, file, late, secrets, untouched } = lost;
  const { whole, desk } = place;
  const where = nameOf(number);
  const atTheEnd = await place.open();
  const before = await acknowledged(place);
  const { config } = whole.server;
  const { dataDir, closingsLog } = config;
  await compactClosings(whole.server.deps.db, closingsLog);
  await whole.stop();
  await within(
    desk.until(({ sync }) => sync.state !== 'synced'),
    'the desk notices',
  );
  // Decided while there was no server: newer than all that has to be offered again.
  await decide(place, random, 'revoke');
  await place.losePower();

  // Once is enough: nothing about it is left to chance.
  if (number === 0) await tryCutLog(file, { closingsLog, closings: dataDir }, findings, where);
  const options = { file, replace: true, closings: dataDir };
  await recover({ ...config, databaseUrl: null }, options);
  await whole.start();
  const restored = await place.open();
  for (const pair of minus(restored, atTheEnd)) {
    findings.add('unauthorised', `${where}: closed before the loss, open after the restore: ${pair}`);
  }
  for (const pair of minus(untouched, restored)) {
    findings.add('lost', `${where}: closed by nobody, and not open after the restore: ${pair}`);
  }
  await secrets.judge(findings, where);
  for (const one of [desk, late]) {
    await within(one.signIn(), 'the desk signs in again');
    await within(one.until(settled), 'all that the backup lacks has its answer');
  }
  for (const pair of minus(await place.open(), atTheEnd)) {
    findings.add('unauthorised', `${where}: open after the desk came back, closed before the loss: ${pair}`);
  }
  await judgeOutcomes(place, before, findings, where);
}

async function tryBackups(run: Run): Promise<Tally> {
  const findings = collectFindings();
  const place = await openPlace(people);
  let done = 0;
  try {
    await openDoors(place);
    while (done < run.cases) {
      const random = randomOf('old backups', run.seed, done);
      await loseAndRestore(place, random, findings, done);
      done += 1;
      run.progress(done);
    }
    await place.desk.close();
    const { differences } = await compareRows(place.deskFolder, (sql) => place.pool().query(sql));
    for (const { kind } of differences) findings.add('lost', `the desk's copy of ${kind} is another one`);
  } finally {
    await place.close();
  }
  return findings.tally(done);
}

export const oldBackup: Check = {
  name: 'old-backup',
  property:
    'a server restored from an older backup opens nothing that was closed or ended, and gets back what desks decided, once',
  unit: 'restores',
  cases: 6,
  few: 2,
  run: tryBackups,
};
