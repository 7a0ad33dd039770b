/**
 * Desks that open one folder at the same moment, by one path or by two: one gets it, the others are refused for as long
 * as it lives, and when it is killed one of them may have it.
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileDisk } from '../../../main/core/journal/disk.ts';
import { collectFindings, type Check, type Findings } from '../check.ts';
import { journalIn, startContender, type Contender } from './double-open/contender.ts';
import { openOwn } from './journal-torn/journal.ts';

/** How long before the moment the orders are given, in milliseconds. */
const notice = 15;

interface Race {
  readonly winners: readonly Contender[];
  readonly losers: readonly Contender[];
}

interface Scene {
  readonly paths: readonly [string, string];
  /** Decisions that a desk has recorded in the folder's journal. */
  readonly recorded: string[];
  readonly findings: Findings;
}

async function race(scene: Scene, contenders: readonly Contender[], where: string): Promise<Race> {
  const at = Date.now() + notice;
  const words = await Promise.all(
    contenders.map((one, index) => one.open(scene.paths[index % 2 === 0 ? 0 : 1], at)),
  );
  for (const word of words) {
    if (word.t === 'open') scene.recorded.push(word.intent);
    else if (word.t !== 'refused' || word.code !== 'folder_in_use')
      scene.findings.add('unauthorised', `${where}: ${JSON.stringify(word)}`);
  }
  const winners = contenders.filter((_, index) => words[index]?.t === 'open');
  if (winners.length > 1)
    scene.findings.add('doubled', `${where}: ${winners.length} desks have the folder at once`);
  if (winners.length === 0) scene.findings.add('lost', `${where}: nobody got a free folder`);
  return { winners, losers: contenders.filter((one) => !winners.includes(one)) };
}

/** Those who lost try again while the folder is held: it is never taken from a live desk. */
async function tryToSteal(scene: Scene, losers: readonly Contender[], where: string): Promise<void> {
  for (const one of losers) {
    const word = await one.open(scene.paths[0], 0);
    if (word.t !== 'open') continue;
    scene.findings.add('unauthorised', `${where}: the folder was taken from a live desk`);
    await one.close();
  }
}

async function expectRecorded({ paths, recorded, findings }: Scene): Promise<void> {
  try {
    const journal = await openOwn(fileDisk(journalIn(paths[0])));
    const missing = recorded.filter((intent) => !journal.unanswered.has(intent));
    for (const intent of missing) findings.add('lost', `the decision ${intent} was overwritten`);
    await journal.close();
  } catch (error) {
    findings.add('lost', `the journal does not open: ${String(error)}`);
  }
}

export const doubleOpen: Check = {
  name: 'double-open',
  property: 'of desks that open one folder at once one gets it; a dead one’s is free, a live one’s never',
  unit: 'races',
  cases: 60,
  few: 6,
  run: async ({ cases, progress }) => {
    const findings = collectFindings();
    const base = await mkdtemp(join(tmpdir(), 'gatehouse-double-'));
    const folder = join(base, 'desk');
    const other = join(base, 'the same');
    await symlink(folder, other);
    const scene: Scene = { paths: [folder, other], recorded: [], findings };
    const all = await Promise.all([startContender(), startContender(), startContender()]);
    try {
      // Made by the first start, so that both paths lead to it.
      const first = await race(scene, all.slice(0, 1), 'the first start');
      for (const one of first.winners) await one.close();
      for (let done = 0; done < cases; done++) {
        const where = `race ${done + 1}`;
        const { winners, losers } = await race(scene, all, where);
        await tryToSteal(scene, losers, where);
        for (const one of winners) {
          if (done % 4 !== 3) {
            await one.close();
            continue;
          }
          await one.kill();
          const { winners: heirs } = await race(scene, losers, `${where}, after the holder was killed`);
          for (const heir of heirs) await heir.close();
          all.splice(all.indexOf(one), 1, await startContender());
        }
        progress(done + 1);
      }
      await expectRecorded(scene);
      return findings.tally(cases);
    } finally {
      for (const one of all) await one.kill();
      await rm(base, { recursive: true, force: true });
    }
  },
};
