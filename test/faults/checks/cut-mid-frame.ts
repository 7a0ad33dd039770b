/** The wire breaks in the middle of a frame, after any number of bytes, in either direction. */
import { settled } from '../../../main/core/testing/desk.ts';
import { randomOf } from '../../../sync-server/demo/random.ts';
import type { Check } from '../check.ts';
import { within } from '../killing/deciding.ts';
import type { Direction } from '../killing/relay.ts';
import { tellStory } from '../killing/story.ts';

/** A decision and its outcome are some thousand bytes; a new connection begins with more. */
const furthest = 6_000;

export const cutMidFrame: Check = {
  name: 'cut-mid-frame',
  property: 'a wire that breaks after any byte loses and doubles nothing',
  unit: 'cuts',
  cases: 100,
  few: 20,
  run: (run) => {
    const random = randomOf('cuts', run.seed);
    return tellStory(run, async ({ stage, desk, decide }, ids) => {
      const [direction, bytes] = [random.pick<Direction>(['there', 'back']), 1 + random.below(furthest)];
      const cut = stage.wires.sync.cutAfter(direction, bytes);
      await decide(ids);
      const what = `cut after ${bytes} bytes ${direction}`;
      // What is left of the count runs on into the next decisions.
      await within(Promise.race([cut, desk.until(settled)]), what);
      return what;
    });
  },
};
