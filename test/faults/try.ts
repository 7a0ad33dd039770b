/** Tries one check and says how it went. */
import { passed, type Tried } from './table.ts';
import type { Check, Tally } from './check.ts';

/** How many cases: those of CI, a few, or a number of one's own. */
export type Amount = 'all' | 'few' | number;

/** Null where it cannot run on this machine: `skipped` is told why. */
export async function tryCheck(
  check: Check,
  { amount, seed }: { readonly amount: Amount; readonly seed: number },
  skipped: (reason: string) => void,
): Promise<Tried | null> {
  const reason = (await check.missing?.()) ?? null;
  if (reason !== null) {
    console.log(`${check.name}: skipped, ${reason}`);
    skipped(reason);
    return null;
  }
  const cases = typeof amount === 'number' ? amount : amount === 'few' ? check.few : check.cases;
  const started = performance.now();
  const tally = await runChecked(check, cases, seed);
  const seconds = (performance.now() - started) / 1000;
  const verdict = passed(tally) ? 'held' : 'BROKEN';
  console.log(
    `${check.name}: ${tally.cases} ${check.unit}, ${verdict}, ${seconds.toFixed(1)} s, seed ${seed}`,
  );
  for (const finding of tally.findings) console.log(`  ${finding}`);
  return { check, tally, seconds };
}

/** A check that breaks has shown nothing: that is a failure of its own, and the others go on. */
async function runChecked(check: Check, cases: number, seed: number): Promise<Tally> {
  try {
    return await check.run({ cases, seed, progress: progressOf(check.name, cases) });
  } catch (error) {
    console.error(error);
    return {
      cases: 0,
      lost: 0,
      doubled: 0,
      unauthorised: 0,
      findings: [`the check broke: ${String(error)}`],
    };
  }
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
