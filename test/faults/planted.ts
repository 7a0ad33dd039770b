/**
 * Shows that each check can fail: every fault is planted in a copy of the source, where the check made for it has to turn
 * red, and stays green without the fault.
 */
import type { Check } from './check.ts';
import type { Plant } from './plant.ts';
import type { Copy } from './planting/copy.ts';
import { withCopies } from './planting/copies.ts';
import { plants } from './plants.ts';
import { rows } from './table.ts';

/** A fault may keep a check from its end, which is noticed as well; in milliseconds. */
const patience = 300_000;

export interface PlantedOptions {
  /** Faults made for these checks. */
  readonly checks: readonly Check[];
  readonly seed: number;
  /** How many checks run side by side. */
  readonly lanes: number;
}

interface Shown {
  readonly plant: Plant;
  /** Whether the check holds without the fault. */
  readonly clean: boolean;
  /** Whether it turns red with it. */
  readonly red: boolean;
}

/** Prints the table; throws nothing, but sets the exit code where a check stayed green under its fault. */
export async function showPlanted({ checks, seed, lanes }: PlantedOptions): Promise<void> {
  const shown = await withCopies(lanes, (apart) =>
    apart(checks, (check, copy) => tryPlants(copy, check.name, seed)),
  );
  const all = shown.flat();
  if (all.some(({ clean, red }) => !clean || !red)) process.exitCode = 1;
  const head = ['planted fault', 'check', 'without it', 'with it'];
  console.log(`\n${rows([head, head.map(() => '---'), ...all.map(cells)])}\n`);
}

async function tryPlants(copy: Copy, check: string, seed: number): Promise<Shown[]> {
  const mine = plants.filter((plant) => plant.check === check);
  if (mine.length === 0) return [];
  const clean = await copy.holds(check, seed, patience);
  const shown: Shown[] = [];
  for (const plant of mine) {
    const mend = await copy.plant([plant]);
    const one = { plant, clean, red: !(await copy.holds(check, seed, patience)) };
    await mend();
    console.log(rows([cells(one)]));
    shown.push(one);
  }
  return shown;
}

const cells = ({ plant: { fault, check }, clean, red }: Shown): string[] => [
  fault,
  `\`${check}\``,
  clean ? 'green' : 'RED',
  red ? 'red' : 'GREEN',
];
