/** How faults are put into a text, and which of them can stand in it together. */
import type { Plant } from '../plant.ts';

interface Place {
  readonly from: number;
  readonly to: number;
}

function placeOf(text: string, { file, find }: Plant): Place {
  const from = text.indexOf(find);
  if (from < 0 || text.includes(find, from + 1)) {
    throw new Error(`“${find}” does not stand in ${file} exactly once.`);
  }
  return { from, to: from + find.length };
}

/** The text of one file with all of these in it; their places must not touch. */
export function planted(text: string, plants: readonly Plant[]): string {
  const placed = plants.map((plant) => ({ plant, ...placeOf(text, plant) })).sort((a, b) => b.from - a.from);
  return placed.reduce((so, { plant, from, to }) => so.slice(0, from) + plant.replace + so.slice(to), text);
}

/** Parts the plants into as few sets as is simple, such that in each every plant keeps its own place. */
export function together(
  plants: readonly Plant[],
  textOf: ReadonlyMap<string, string>,
): readonly (readonly Plant[])[] {
  const sets: { plant: Plant; place: Place }[][] = [];
  for (const plant of plants) {
    const place = placeOf(textOf.get(plant.file) ?? '', plant);
    const free = sets.find((set) =>
      set.every(
        (one) => one.plant.file !== plant.file || one.place.to < place.from || place.to < one.place.from,
      ),
    );
    if (free) free.push({ plant, place });
    else sets.push([{ plant, place }]);
  }
  return sets.map((set) => set.map(({ plant }) => plant));
}
