/** Work side by side, each piece in a copy of the source that nobody else uses meanwhile. */
import { copySource, type Copy } from './copy.ts';
import { inLanes } from './lanes.ts';

export type Apart = <T, R>(items: readonly T[], work: (item: T, copy: Copy) => Promise<R>) => Promise<R[]>;

/** Makes as many copies as there are lanes, and takes them away again. */
export async function withCopies<R>(lanes: number, work: (apart: Apart) => Promise<R>): Promise<R> {
  const copies = await Promise.all(Array.from({ length: lanes }, copySource));
  try {
    return await work((items, each) =>
      inLanes(lanes, items, (item, lane) => {
        const copy = copies[lane];
        if (!copy) throw new Error('A lane without a copy');
        return each(item, copy);
      }),
    );
  } finally {
    for (const copy of copies) await copy.remove();
  }
}
