/**
 * Holds each fault that is said to be noticed by its own check alone against all the other checks: none of them may turn
 * red. That the own one does is shown by `--planted`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.ts';
import type { Plant } from './plant.ts';
import type { PlantedOptions } from './planted.ts';
import type { Copy } from './planting/copy.ts';
import { withCopies } from './planting/copies.ts';
import { noticed } from './planting/noticed.ts';
import { together } from './planting/texts.ts';
import { plants } from './plants.ts';
import { rows } from './table.ts';

/** What does not end in time has noticed; in milliseconds. */
const patience = 120_000;

export interface AloneOptions extends PlantedOptions {
  /** All that are asked about faults of other ones. */
  readonly others: readonly Check[];
}

/** Prints the table; throws nothing, but sets the exit code where a fault is noticed by more than its own check. */
export async function showAlone({ checks, others, seed, lanes }: AloneOptions): Promise<void> {
  const faults = plants.filter(
    (plant) => plant.alone === true && checks.some(({ name }) => name === plant.check),
  );
  const texts = await textsOf(faults);
  const asked = await withCopies(lanes, (apart) =>
    apart(others, async ({ name }, copy) => {
      const foreign = together(
        faults.filter(({ check }) => check !== name),
        texts,
      );
      const found = await noticedAmong(copy, name, foreign, seed);
      console.log(`${name} notices of the others’: ${found.map(({ fault }) => fault).join('; ') || 'none'}`);
      return { name, found };
    }),
  );
  const also = (plant: Plant): string[] =>
    asked.filter(({ found }) => found.includes(plant)).map(({ name }) => `\`${name}\``);
  if (asked.some(({ found }) => found.length > 0)) process.exitCode = 1;
  const head = ['planted fault', 'check', 'others that turn red'];
  const lines = faults.map((plant) => [plant.fault, `\`${plant.check}\``, also(plant).join(', ') || 'none']);
  console.log(`\n${rows([head, head.map(() => '---'), ...lines])}\n`);
}

async function noticedAmong(
  copy: Copy,
  check: string,
  sets: readonly (readonly Plant[])[],
  seed: number,
): Promise<Plant[]> {
  const found: Plant[] = [];
  for (const set of sets) {
    const some = await noticed(set, async (planted) => {
      const mend = await copy.plant(planted);
      const held = await copy.holds(check, seed, patience);
      await mend();
      return held;
    });
    found.push(...some);
  }
  return found;
}

async function textsOf(faults: readonly Plant[]): Promise<ReadonlyMap<string, string>> {
  const root = join(import.meta.dirname, '../..');
  const files = [...new Set(faults.map(({ file }) => file))];
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(join(root, file), 'utf8')] as const)),
  );
}
