/** Plays schedules one after the other. */
import type { TestServer } from '../../sync-server/db/testing.ts';
import { within } from '../faults/killing/deciding.ts';
import { playSchedule, type Schedule } from './episode.ts';
import { layBase } from './base.ts';
import { createWorld } from './world.ts';

/** A schedule takes half a second; one that takes so many milliseconds waits for something that never comes. */
const patience = 60_000;

/** What is broken so often shows in no more than that. */
const enoughBroken = 3;

/** Plays these seeds, each in a world of its own; `played` hears of each. */
export async function playSeeds(
  server: TestServer,
  seeds: readonly number[],
  played: (schedule: Schedule) => void,
): Promise<void> {
  const base = await layBase(server);
  let broken = 0;
  try {
    for (const seed of seeds) {
      if (broken === enoughBroken) return;
      const world = await createWorld(base, seed);
      try {
        const schedule = await within(playSchedule(world, seed), `the schedule of seed ${seed}`, patience);
        played(schedule);
        if (schedule.tally.findings.length > 0) broken++;
      } finally {
        await world.close();
      }
    }
  } finally {
    await base.drop();
  }
}
