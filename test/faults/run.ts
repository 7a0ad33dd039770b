/**
 * `npm run faults [-- --only NAME] [--cases N | --few] [--seed S]`: tries every check and prints the table; `--planted`
 * shows that each check can fail, `--others` that faults meant for one check are noticed by no other one, `--lanes N` of
 * them side by side. Ends with 1 where that does not hold.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { readFlags, wholeNumber, wrongUsage } from '../support/flags.ts';
import { showAlone } from './alone.ts';
import type { Check } from './check.ts';
import { checks } from './checks.ts';
import { showPlanted } from './planted.ts';
import { markdown, passed, type Tried } from './table.ts';
import { tryCheck, type Amount } from './try.ts';

const values = readFlags({
  only: { type: 'string', multiple: true },
  cases: { type: 'string' },
  few: { type: 'boolean', default: false },
  seed: { type: 'string' },
  planted: { type: 'boolean', default: false },
  others: { type: 'boolean', default: false },
  lanes: { type: 'string' },
});

// What cannot be is told before anything is tried.
if (values.seed !== undefined) wholeNumber('seed', values.seed, 0);
const cases = values.cases === undefined ? null : wholeNumber('cases', values.cases, 1);
const lanes = values.lanes === undefined ? 1 : wholeNumber('lanes', values.lanes, 1);

function chosen(): readonly Check[] {
  const names = values.only;
  const unknown = names?.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    wrongUsage(`There is no check “${unknown}”. There are: ${checks.map(({ name }) => name).join(', ')}.`);
  }
  return names ? checks.filter(({ name }) => names.includes(name)) : checks;
}

async function tryAll(seed: number): Promise<void> {
  const amount: Amount = cases ?? (values.few ? 'few' : 'all');
  const skipped: string[] = [];
  const tryOne = (check: Check): Promise<Tried | null> =>
    tryCheck(check, { amount, seed }, (why) => skipped.push(`${check.name}: ${why}`));
  const all = chosen();
  const place = ({ check }: Tried): number => all.findIndex(({ name }) => name === check.name);
  // A check that is busy in processes of its own would leave this one with nothing to do.
  const beside = Promise.all(all.filter(({ apart }) => apart === true).map(tryOne));
  const inTurn: (Tried | null)[] = [];
  for (const check of all) if (check.apart !== true) inTurn.push(await tryOne(check));
  const tried = [...inTurn, ...(await beside)]
    .filter((one) => one !== null)
    .sort((a, b) => place(a) - place(b));
  const table = markdown(tried);
  console.log(`\n${table}\n`);
  const folder = join(import.meta.dirname, '../../out/test');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'faults.md'), `${table}\n`);
  const held = tried.map(({ check, tally }) => ({ name: check.name, held: passed(tally) }));
  await writeFile(join(folder, 'faults.json'), JSON.stringify({ checks: held, skipped }));
  if (!held.every((one) => one.held)) process.exitCode = 1;
}

// Where compiled code is kept, at once: most of the programs that checks start are killed and could not keep theirs.
flushCompileCache();
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (values.planted) await showPlanted({ checks: chosen(), seed, lanes });
if (values.others) await showAlone({ checks: chosen(), others: checks, seed, lanes });
if (!values.planted && !values.others) await tryAll(seed);
