/** SIGKILL of the sync-server, and of its PostgreSQL, at named moments of a decision's way and at random. */
import { setTimeout as passing } from 'node:timers/promises';
import { settled } from '../../../main/core/testing/desk.ts';
import { randomOf } from '../../../sync-server/demo/random.ts';
import type { Check, Run, Tally } from '../check.ts';
import { within } from '../killing/deciding.ts';
import { databaseMoments, syncMoments, type NamedMoment } from '../killing/moments.ts';
import { tellStory, type Trouble } from '../killing/story.ts';

/** A random kill comes this many milliseconds after the decision, at most. */
const soon = 40;

/** The desk has shown the outcome: what was heard may not be taken back. */
const shown = 'the outcome is shown';

type When = NamedMoment | number | typeof shown;

function nameOf(when: When): string {
  if (typeof when === 'number') return `${when} ms after the decision`;
  return when === shown ? shown : when.name;
}

/** Decides, and resolves at the moment. */
async function decideUntil(
  when: When,
  { stage, desk, decide }: Trouble,
  ids: readonly string[],
): Promise<void> {
  // Before the decision: it is on its way at once.
  const frozen = typeof when === 'object' ? stage.wires[when.wire].freezeAt(when.watch()) : null;
  await decide(ids);
  if (frozen) await within(frozen, nameOf(when));
  else await (typeof when === 'number' ? passing(when) : desk.until(settled));
}

function killAll(victim: 'killServer' | 'killDatabase', moments: readonly When[], run: Run): Promise<Tally> {
  const random = randomOf('kills', victim, run.seed);
  return tellStory(run, async (trouble, ids, number) => {
    // Each named moment in turn, and as often one that nobody chose.
    const named = number % 2 === 0 ? moments[(number / 2) % moments.length] : undefined;
    const when = named ?? random.below(soon);
    await decideUntil(when, trouble, ids);
    await trouble.stage[victim]();
    return `killed: ${nameOf(when)}`;
  });
}

export const serverKilled: Check = {
  name: 'server-killed',
  property: 'a decision that the desk has shown has exactly one outcome, whenever the sync-server is killed',
  unit: 'kills',
  cases: 40,
  few: 12,
  run: (run) => killAll('killServer', [...databaseMoments, ...syncMoments, shown], run),
};

export const databaseKilled: Check = {
  name: 'database-killed',
  property: 'the same whenever its PostgreSQL is killed, and the server goes on by itself',
  unit: 'kills',
  cases: 32,
  few: 8,
  run: (run) => killAll('killDatabase', [shown, ...databaseMoments], run),
};
