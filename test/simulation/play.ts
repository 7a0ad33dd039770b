/** Plays schedules one after the other, a fresh world for every few of them. */
import type { TestServer } from '../../sync-server/db/testing.ts';
import { within } from '../faults/killing/deciding.ts';
import { playSchedule, type Schedule } from './episode.ts';
import { createModel } from './model.ts';
import type { Standing } from './verify.ts';
import { createWorld, type World } from './world.ts';

/** What piles up in a world costs time: the copies, the log, the journals. */
const schedulesAWorld = 12;

interface Stage {
  readonly world: World;
  readonly standing: Standing;
  readonly made: Parameters<typeof playSchedule>[2];
}

async function setStage(server: TestServer): Promise<Stage> {
  const world = await createWorld(server);
  return { world, standing: { model: createModel(), seq: 0 }, made: new Map() };
}

/** A schedule takes half a second; one that takes so many milliseconds waits for something that never comes. */
const patience = 60_000;

/** What is broken so often shows in no more than that. */
const enoughBroken = 3;

/** Plays these seeds; `played` hears of each. A world in which something was found is not used again. */
export async function playSeeds(
  server: TestServer,
  seeds: readonly number[],
  played: (schedule: Schedule) => void,
): Promise<void> {
  let stage: Stage | null = null;
  let count = 0;
  let broken = 0;
  try {
    for (const seed of seeds) {
      if (broken === enoughBroken) return;
      stage ??= await setStage(server);
      const playing = playSchedule(stage.world, stage.standing, stage.made, seed);
      const schedule = await within(playing, `the schedule of seed ${seed}`, patience);
      count++;
      played(schedule);
      const held = schedule.tally.findings.length === 0;
      if (!held) broken++;
      if (held && count < schedulesAWorld) continue;
      await stage.world.close();
      stage = null;
      count = 0;
    }
  } finally {
    await stage?.world.close();
  }
}
