/**
 * Shows that each check can fail: every fault is planted in a copy of the source, where the check made for it has to turn
 * red, and stays green without the fault. With `others`, also which further checks notice each fault.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.ts';
import type { Plant } from './plant.ts';
import { copySource, type Copy } from './planting/copy.ts';
import { inLanes } from './planting/lanes.ts';
import { noticed } from './planting/noticed.ts';
import { together } from './planting/texts.ts';
import { plants } from './plants.ts';

/** A fault may keep a check from its end, which is noticed as well; in milliseconds. */
const patience = { own: 300_000, others: 120_000 };

export interface PlantedOptions {
  /** Plants of these checks only. */
  readonly checks: readonly Check[];
  /** Checks that are asked about the faults made for other ones; empty: none. */
  readonly others: readonly Check[];
  readonly seed: number;
  /** How many checks run side by side. */
  readonly lanes: number;
}

/** Prints the table; throws nothing, but sets the exit code where a check stayed green under its fault. */
export async function showPlanted({ checks, others, seed, lanes }: PlantedOptions): Promise<void> {
  const copies = await Promise.all(Array.from({ length: lanes }, copySource));
  /** Work in a copy that nobody else uses meanwhile. */
  const apart = <T, R>(items: readonly T[], work: (item: T, copy: Copy) => Promise<R>): Promise<R[]> =>
    inLanes(lanes, items, (item, lane) => {
      const copy = copies[lane];
      if (!copy) throw new Error('A lane without a copy');
      return work(item, copy);
    });
  try {
    const owns = (await apart(checks, (check, copy) => ownPlants(copy, check.name, seed))).flat();
    if (owns.some(({ clean, red }) => !clean || !red)) process.exitCode = 1;
    const faults = owns.map((own) => own.plant);
    const texts = await textsOf(faults);
    const also = await apart(others, (check, copy) => alsoNoticed(copy, check.name, faults, texts, seed));
    console.log(`\n${table(owns, others.length > 0 ? new Map(also) : null)}\n`);
  } finally {
    for (const copy of copies) await copy.remove();
  }
}

interface Own {
  readonly plant: Plant;
  /** Whether the check holds without the fault. */
  readonly clean: boolean;
  /** Whether it turns red with it. */
  readonly red: boolean;
}

async function ownPlants(copy: Copy, check: string, seed: number): Promise<Own[]> {
  const mine = plants.filter((plant) => plant.check === check);
  if (mine.length === 0) return [];
  const clean = await copy.holds(check, seed, patience.own);
  const shown: Own[] = [];
  for (const plant of mine) {
    const mend = await copy.plant([plant]);
    const own = { plant, clean, red: !(await copy.holds(check, seed, patience.own)) };
    await mend();
    console.log(line(cells(own)));
    shown.push(own);
  }
  return shown;
}

/** The faults made for other checks that this one notices too. */
async function alsoNoticed(
  copy: Copy,
  check: string,
  faults: readonly Plant[],
  texts: ReadonlyMap<string, string>,
  seed: number,
): Promise<readonly [check: string, faults: readonly Plant[]]> {
  const found: Plant[] = [];
  const foreign = faults.filter((plant) => plant.check !== check);
  for (const set of together(foreign, texts)) {
    const holdsWith = async (some: readonly Plant[]): Promise<boolean> => {
      const mend = await copy.plant(some);
      const held = await copy.holds(check, seed, patience.others);
      await mend();
      return held;
    };
    found.push(...(await noticed(set, holdsWith)));
  }
  console.log(`${check} also notices: ${found.map(({ fault }) => fault).join('; ') || 'none'}`);
  return [check, found];
}

async function textsOf(faults: readonly Plant[]): Promise<ReadonlyMap<string, string>> {
  const root = join(import.meta.dirname, '../..');
  const files = [...new Set(faults.map(({ file }) => file))];
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(join(root, file), 'utf8')] as const)),
  );
}

const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;

const cells = ({ plant: { fault, check }, clean, red }: Own): string[] => [
  fault,
  `\`${check}\``,
  clean ? 'green' : 'RED',
  red ? 'red' : 'GREEN',
];

function table(owns: readonly Own[], also: ReadonlyMap<string, readonly Plant[]> | null): string {
  const head = ['planted fault', 'check', 'without it', 'with it', ...(also ? ['also red'] : [])];
  const rows = owns.map((own) => {
    if (!also) return cells(own);
    const names = [...also].filter(([, faults]) => faults.includes(own.plant)).map(([name]) => `\`${name}\``);
    return [...cells(own), names.join(', ') || 'none'];
  });
  return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}
