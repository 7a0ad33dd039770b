/**
 * `npm run simulate [-- --seeds N --from S --trace]`: plays N schedules from seed S on, and prints each seed's verdict. A
 * seed that failed replays alone: `--seeds 1 --from SEED`. Ends with 1 where one failed.
 */
import { readFlags, wholeNumber } from '../support/flags.ts';
import { simulate } from './simulate.ts';

const values = readFlags({
  seeds: { type: 'string', default: '200' },
  from: { type: 'string', default: '1' },
  workers: { type: 'string', default: '2' },
  /** What happened in each schedule, not only in those that failed. */
  trace: { type: 'boolean', default: false },
});

const started = performance.now();
let failed = 0;
let played = 0;
await simulate({
  from: wholeNumber('from', values.from, 0),
  seeds: wholeNumber('seeds', values.seeds, 1),
  workers: wholeNumber('workers', values.workers, 1),
  played: ({ seed, tally, trace }) => {
    const held = tally.findings.length === 0;
    played++;
    if (!held) failed++;
    if (values.trace || !held) console.log(trace.join('\n'));
    console.log(`seed ${seed}: ${held ? 'held' : 'BROKEN'}`);
    for (const finding of tally.findings) console.log(`  ${finding}`);
  },
});
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`${played} schedules, ${failed} broken, ${seconds} s`);
if (failed > 0) process.exitCode = 1;
