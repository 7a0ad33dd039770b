/**
 * One desk whose machine loses its power again and again: while it works, while it closes, after it, and while it opens.
 * Each time what was not synced is lost at random and the machine boots anew; the desk has to come up with every
 * decision it had shown, and with the server's rows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { z } from 'zod';
import { prepareTemplate } from '../../../main/core/replica/template.ts';
import { memorySecrets, type SecretStore } from '../../../main/core/session/secrets.ts';
import { settled, testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { createTestPortal, type TestPortal } from '../../../sync-server/decisions/testing.ts';
import { compareTables } from '../../support/same-rows.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { startWhole, type Whole } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { hurriedClock, judge, within } from '../killing/deciding.ts';
import { cutPower, photograph, type Earlier } from './desk-power-cut/cut.ts';
import { readDurable } from './desk-power-cut/durable.ts';
import { poweredOwner, type PoweredOwner } from './desk-power-cut/owner.ts';
import { logSyncs } from './desk-power-cut/sync-log.ts';

/** Decisions of one life, in two batches. */
const batch = 2;
const perLife = 2 * batch;

/** Milliseconds, for a machine that is busy with other things. */
const patience = 60_000;

/** When the power goes. */
const moments = ['at work', 'after closing', 'while closing', 'while opening'] as const;
type Moment = (typeof moments)[number];

interface Machine {
  readonly whole: Whole;
  readonly portal: TestPortal;
  readonly dataDir: string;
  readonly log: string;
  readonly secrets: SecretStore;
  readonly openBrowser: (url: string) => Promise<boolean>;
  readonly findings: Findings;
  readonly random: Random;
  /** Developers that the desk has shown as decided, in all lives. */
  readonly acknowledged: string[];
}

const developers = ({ portal }: Machine, life: number): string[] =>
  portal.requests.slice(life * perLife, (life + 1) * perLife).map(({ developer }) => developer.id);

function boot(machine: Machine, owner: PoweredOwner, life: number): Promise<TestDesk> {
  const { dataDir, whole, secrets, openBrowser } = machine;
  return testDesk({
    dataDir,
    server: whole.cable.url,
    clock: hurriedClock,
    secrets,
    openBrowser,
    launch: owner.launch,
    boot: `boot ${life}`,
  });
}

/** Approves them. An answer that comes after the power has gone was heard by nobody. */
async function decide(
  { acknowledged }: Machine,
  desk: TestDesk,
  ids: readonly string[],
  power: { readonly on: boolean },
): Promise<void> {
  const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
  const result = await desk.try('decide', { action: 'approve', targets, reason: null });
  if (result.ok && power.on) acknowledged.push(...ids);
}

/** The desk that came up holds what the server holds, and the server what the desk had shown. */
async function expectWhole(
  machine: Machine,
  desk: TestDesk,
  owner: PoweredOwner,
  where: string,
): Promise<void> {
  const { whole, findings, acknowledged } = machine;
  await within(desk.until(settled), `everything answered (${where})`, patience);
  const { pool } = whole.server.deps;
  const compare = () => compareTables(owner.query, (sql) => pool.query(sql));
  let { differences } = await compare();
  // The last change may still be on its way.
  for (let tries = 0; differences.length > 0 && tries < 300; tries++) {
    await passing(100);
    ({ differences } = await compare());
  }
  for (const { kind } of differences) findings.add('lost', `${where}: the copy differs in its ${kind} rows`);
  await judge(pool, { acknowledged, open: [] }, findings, where);
}

/** Somebody else's change, so that the copy has pages that are older than others. */
async function changeOnServer({ whole, portal }: Machine, life: number): Promise<void> {
  const { developer } = portal.requests[life * perLife] ?? {};
  if (!developer) return;
  await whole.server.deps.commit((change) =>
    change.put('product', [{ ...product, id: crypto.randomUUID(), slug: `p-${developer.id}` }], {
      actor: 'system',
    }),
  );
}

const product = {
  portalId: null,
  region: 'eu',
  name: 'Weather',
  description: '',
  revision: 1,
  createdAt: '2026-01-02T03:04:05.678Z',
} as const;

/** The file of the table in which the copy notes how far it is. */
async function cursorFile({ query }: PoweredOwner): Promise<string> {
  const { rows } = await query("select pg_relation_filepath('meta') as path");
  return `replica/${z.array(z.object({ path: z.string() })).parse(rows)[0]?.path ?? ''}`;
}

/** One life of the machine, from one boot to the next cut. */
async function live(machine: Machine, owner: PoweredOwner, life: number, moment: Moment): Promise<void> {
  const { dataDir, log, random, whole } = machine;
  const before = `boot ${life}, cut ${moment}`;
  // What the disk still has may be from before this life, snapshot and all.
  const older = moment === 'while opening' || random.share() < 0.5;
  let earlier: Earlier = older ? await photograph(dataDir) : new Map();
  const power = { on: true };
  const opening = boot(machine, owner, life);
  opening.catch(() => undefined);
  let closing: Promise<void> | null = null;
  let cursor: string | null = null;
  if (moment === 'while opening') {
    await passing(random.below(800));
  } else {
    const desk = await within(opening, `the desk opens (${before})`, patience);
    if (!(await desk.ask('session.get', {})).signedIn) await within(desk.signIn(), `signed in (${before})`);
    await expectWhole(machine, desk, owner, before);
    // Every other round of the moments brings the worst that a disk can do.
    if (Math.floor(life / moments.length) % 2 === 1) cursor = await cursorFile(owner);
    if (!older) earlier = await photograph(dataDir);
    const ids = developers(machine, life);
    await decide(machine, desk, ids.slice(0, batch), power);
    await changeOnServer(machine, life);
    if (random.share() < 0.5) await whole.cable.cut();
    const second = decide(machine, desk, ids.slice(batch), power);
    if (moment === 'at work') await passing(random.below(60));
    else closing = second.then(() => desk.close());
    if (moment === 'while closing') await Promise.all([second, passing(random.below(300))]);
    if (moment === 'after closing') await closing;
  }
  power.on = false;
  const durable = readDurable(log);
  await owner.powerOff();
  await whole.cable.cut();
  const left = await opening.catch(() => null);
  await (closing ?? left?.close());
  await cutPower(dataDir, earlier, durable, cursor, random);
  await whole.cable.mend();
}

async function liveAll(machine: Machine, run: Run): Promise<number> {
  let done = 0;
  while (done < run.cases) {
    const owner = poweredOwner(machine.log);
    // Also where the life ends otherwise than it should: what is left running would keep this process from its end.
    await live(machine, owner, done, moments[done % moments.length] ?? 'at work').finally(owner.powerOff);
    done += 1;
    run.progress(done);
  }
  const owner = poweredOwner(machine.log);
  const desk = await within(boot(machine, owner, done), 'the desk opens at the end', patience);
  try {
    await expectWhole(machine, desk, owner, 'at the end');
  } finally {
    await desk.close();
    await owner.powerOff();
  }
  return done;
}

async function run(given: Run): Promise<Tally> {
  const findings = collectFindings();
  const base = await mkdtemp(join(tmpdir(), 'gatehouse-power-'));
  const log = join(base, 'syncs.ndjson');
  const dataDir = join(base, 'desk');
  const forget = await logSyncs(log);
  const whole = await startWhole();
  try {
    await prepareTemplate(dataDir);
    const portal = await createTestPortal(whole.server.deps.commit, (given.cases + 1) * perLife);
    const openBrowser = formBrowser(await whole.addAdmin('Ada'));
    const random = randomOf('desk-power-cut', given.seed);
    const secrets = memorySecrets();
    const machine: Machine = {
      ...{ whole, portal, dataDir, log, secrets, openBrowser, findings, random },
      acknowledged: [],
    };
    const done = await liveAll(machine, given).catch((error: unknown) => {
      findings.add('lost', `seed ${given.seed}: ${String(error)}`);
      return machine.acknowledged.length / perLife;
    });
    return findings.tally(Math.max(1, Math.floor(done)));
  } finally {
    forget();
    await whole.close();
    await rm(base, { recursive: true, force: true, maxRetries: 20 });
  }
}

export const deskPowerCut: Check = {
  name: 'desk-power-cut',
  property:
    'after a power cut the desk has every decision it had shown, once, and the server’s rows: kept or fetched again',
  unit: 'images',
  cases: 52,
  few: 8,
  missing: async () => (process.platform === 'linux' ? null : 'it needs /proc'),
  run,
};
