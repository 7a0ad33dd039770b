/**
 * `npm run faults [-- --only NAME] [--cases N] [--seed S]`: tries every check and prints the table; `--planted` shows
 * that each check can fail. Ends with 1 where a property does not hold.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Check } from './check.ts';
import { checks } from './checks.ts';
import { showPlanted } from './planted.ts';
import { markdown, passed, type Tried } from './table.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    cases: { type: 'string' },
    few: { type: 'boolean', default: false },
    seed: { type: 'string' },
    planted: { type: 'boolean', default: false },
  },
});

function chosen(): readonly Check[] {
  const names = values.only;
  const unknown = names?.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `There is no check “${unknown}”. There are: ${checks.map(({ name }) => name).join(', ')}.`,
    );
  }
  return names ? checks.filter(({ name }) => names.includes(name)) : checks;
}

async function tryOne(check: Check, seed: number): Promise<Tried | null> {
  const reason = (await check.missing?.()) ?? null;
  if (reason !== null) {
    console.log(`${check.name}: skipped, ${reason}`);
    return null;
  }
  const cases = values.cases === undefined ? (values.few ? check.few : check.cases) : Number(values.cases);
  const started = performance.now();
  const tally = await check.run({ cases, seed, progress: progressOf(check.name, cases) });
  const seconds = (performance.now() - started) / 1000;
  const verdict = passed(tally) ? 'held' : 'BROKEN';
  console.log(
    `${check.name}: ${tally.cases} ${check.unit}, ${verdict}, ${seconds.toFixed(1)} s, seed ${seed}`,
  );
  for (const finding of tally.findings) console.log(`  ${finding}`);
  return { check, tally, seconds };
}

/** A line at each tenth: enough for people who wait, and short in a log. */
function progressOf(name: string, cases: number): (done: number) => void {
  let said = 0;
  return (done) => {
    const tenth = Math.floor((done * 10) / cases);
    if (tenth <= said || tenth >= 10) return;
    said = tenth;
    console.log(`${name}: ${done} of ${cases}`);
  };
}

async function main(): Promise<void> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (values.planted) return showPlanted(chosen(), seed);
  const tried: Tried[] = [];
  for (const check of chosen()) {
    const one = await tryOne(check, seed);
    if (one) tried.push(one);
  }
  const table = markdown(tried);
  console.log(`\n${table}\n`);
  const folder = join(import.meta.dirname, '../../out/test');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'faults.md'), `${table}\n`);
  const report = tried.map(({ check, tally, seconds }) => ({ name: check.name, ...tally, seconds }));
  await writeFile(join(folder, 'faults.json'), JSON.stringify(report));
  if (!tried.every(({ tally }) => passed(tally))) process.exitCode = 1;
}

await main();
