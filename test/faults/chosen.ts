/** One of a list, by lot. Throws where there is none. */
import type { Random } from '../../sync-server/demo/random.ts';

export function chosen<T>(list: readonly T[], random: Random): T {
  const one = list[random.below(list.length)];
  if (one === undefined) throw new Error('there is nothing to choose from');
  return one;
}
