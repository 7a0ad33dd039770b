/** Fills the search index behind the scenes, slice by slice, so that the queue's own reads come through in between. */
import type { Standing } from './calls.ts';
import type { Replica } from './replica.ts';

/** Rows of one slice: well under the quarter of a second for which the owner may be busy. */
const slice = 2_000;

export interface Filler {
  /** Whether the index may be asked. */
  readonly searchable: boolean;
  /** The copy was opened, or a snapshot was finished. */
  start(standing: Standing): void;
  stop(): void;
}

export function searchFiller(replica: Replica): Filler {
  let searchable = false;
  let round = 0;
  const fill = async (mine: number): Promise<void> => {
    while (!searchable && mine === round) {
      const answer = await replica.call('fill', { limit: slice });
      if (mine === round) searchable = answer.searchable;
    }
  };
  return {
    get searchable() {
      return searchable;
    },
    start: (standing) => {
      searchable = standing.searchable;
      // Where it fails the rows themselves are searched, slower; the next start goes on.
      if (standing.cursor && !searchable) fill(++round).catch(() => undefined);
    },
    stop: () => {
      round++;
      searchable = false;
    },
  };
}
