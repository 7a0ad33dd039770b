/**
 * The desk's disk is filled up while it decides and while changes arrive. A decision is recorded or refused with
 * `disk_full`, never in between; when there is room again everything goes on by itself.
 */
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { memorySecrets } from '../../../main/core/session/secrets.ts';
import { settled, testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import { createTestPortal } from '../../../sync-server/decisions/testing.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { compareRows } from '../../support/same-rows.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { startWhole, type Whole } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { hurriedClock, judge, within } from '../killing/deciding.ts';
import { cannotMount, mountSmallDisk, type SmallDisk } from './disk-full/small-disk.ts';

/** Decisions of one filling: a batch that needs more than a page, then single ones. */
const large = 12;
const perFilling = large + 4;

interface Scene {
  readonly disk: SmallDisk;
  readonly whole: Whole;
  readonly findings: Findings;
  readonly random: Random;
  readonly acknowledged: string[];
  readonly refused: string[];
}

async function decide(scene: Scene, desk: TestDesk, ids: readonly string[], where: string): Promise<void> {
  const targets = ids.map((id) => ({ kind: 'developer' as const, id }));
  const result = await desk.try('decide', { action: 'approve', targets, reason: null });
  if (result.ok) scene.acknowledged.push(...ids);
  else {
    scene.refused.push(...ids);
    if (result.failure.code !== 'disk_full')
      scene.findings.add('lost', `${where}: refused with ${result.failure.code}`);
  }
}

/** What was refused has not happened: the admin was told so. */
async function expectNotDone({ whole, refused, findings }: Scene): Promise<void> {
  const { rows } = await whole.server.deps.pool.query<{ id: string }>(
    `select entity_id as id from change_log where kind = 'outcome' and entity_id = any($1::uuid[])`,
    [refused],
  );
  for (const { id } of rows) findings.add('unauthorised', `${id} was decided, though it had been refused`);
}

async function fillOnce(scene: Scene, desk: TestDesk, ids: readonly string[], where: string): Promise<void> {
  const { disk, random, findings } = scene;
  await disk.fill(random.below(6_000));
  await decide(scene, desk, ids.slice(0, large), where);
  await decide(scene, desk, ids.slice(large, large + 1), where);
  await disk.empty();
  const before = scene.acknowledged.length;
  await decide(scene, desk, ids.slice(large + 1), `${where}, with room again`);
  if (scene.acknowledged.length === before) findings.add('lost', `${where}: no decision is taken any more`);
}

async function fillAll(scene: Scene, folder: string, run: Run): Promise<number> {
  const { whole, random, findings } = scene;
  const portal = await createTestPortal(whole.server.deps.commit, run.cases * perFilling);
  const secrets = memorySecrets();
  const openBrowser = formBrowser(await whole.addAdmin('Ada'));
  const open = (): Promise<TestDesk> =>
    testDesk({ dataDir: folder, server: whole.cable.url, clock: hurriedClock, secrets, openBrowser });
  let desk = await open();
  try {
    await desk.signIn();
    for (let done = 0; done < run.cases; done++) {
      const where = `filling ${done + 1}`;
      const ids = portal.requests
        .slice(done * perFilling, (done + 1) * perFilling)
        .map(({ developer }) => developer.id);
      const offline = random.share() < 0.5;
      if (offline) await whole.cable.cut();
      await fillOnce(scene, desk, ids, where);
      if (offline) {
        // What it recorded has to be there for the next start, too.
        await desk.close();
        await whole.cable.mend();
        desk = await open();
      }
      await within(desk.until(settled), `everything answered (${where})`, 60_000);
      await judge(whole.server.deps.pool, { acknowledged: scene.acknowledged, open: [] }, findings, where);
      run.progress(done + 1);
    }
    await passing(100);
    await within(desk.until(settled), 'everything is in at the end');
  } finally {
    await desk.close();
  }
  const { differences } = await compareRows(folder, (sql) => whole.server.deps.pool.query(sql));
  for (const { kind } of differences) findings.add('lost', `the copy differs in its ${kind} rows`);
  return run.cases;
}

async function run(given: Run): Promise<Tally> {
  const findings = collectFindings();
  const disk = await mountSmallDisk(256);
  const whole = await startWhole();
  const folders = await deskFolders();
  const scene: Scene = {
    ...{ disk, whole, findings, acknowledged: [], refused: [] },
    random: randomOf('disk-full', given.seed),
  };
  try {
    const template = await folders.make();
    const folder = join(disk.folder, 'desk');
    await mkdir(folder, { mode: 0o700 });
    for (const name of await readdir(template))
      await cp(join(template, name), join(folder, name), { recursive: true });
    await fillAll(scene, folder, given).catch((error: unknown) =>
      findings.add('lost', `seed ${given.seed}: ${String(error)}`),
    );
    await expectNotDone(scene);
    return findings.tally(given.cases);
  } finally {
    await folders.remove();
    await whole.close();
    await disk.remove();
  }
}

export const diskFull: Check = {
  name: 'disk-full',
  property: 'on a full disk the desk records a decision or refuses it; with room again everything goes on',
  unit: 'fillings',
  cases: 20,
  few: 4,
  missing: cannotMount,
  run,
};
