/** Random schedules over desks, servers, gateways and a hostile client, on a network that does its worst. */
import { simulate } from '../../simulation/simulate.ts';
import type { Check, Run, Tally } from '../check.ts';

const shown = 5;

async function run({ cases, seed, progress }: Run): Promise<Tally> {
  const sum = { cases: 0, lost: 0, doubled: 0, unauthorised: 0 };
  const findings: string[] = [];
  let decisions = 0;
  await simulate({
    from: seed,
    seeds: cases,
    // More than there are cores: a schedule waits for its database half of the time.
    workers: 4,
    played: ({ seed: one, tally, answered }) => {
      decisions += answered;
      sum.cases++;
      sum.lost += tally.lost;
      sum.doubled += tally.doubled;
      sum.unauthorised += tally.unauthorised;
      findings.push(...tally.findings.map((finding) => `seed ${one}: ${finding}`));
      progress(sum.cases);
    },
  });
  if (decisions < sum.cases) throw new Error('next to nothing is decided in these schedules');
  return { ...sum, findings: findings.slice(0, shown) };
}

export const simulation: Check = {
  name: 'simulation',
  property:
    'whatever the order, loss and clocks: one outcome for each decision, all copies alike, nothing opens unseen',
  unit: 'schedules',
  cases: 2_000,
  few: 30,
  apart: true,
  run,
};
