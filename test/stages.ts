/** What `npm test` runs, in order. A new suite is one more row. */
import { readFaults, readPlaywright, readVitest } from './support/reports.ts';
import type { Tally } from './support/reports.ts';

export interface Stage {
  readonly name: string;
  /** A command line of the tools in node_modules/.bin. */
  readonly command: string;
  /** Where the command leaves its report, and how to read it; a stage without one is a check that holds or fails. */
  readonly report?: { readonly file: string; readonly read: (json: unknown) => Tally };
}

const vitest = (name: string, options = ''): Stage => ({
  name,
  command: `vitest run ${options} --reporter=default --reporter=json --outputFile.json=${reportFile(name)}`,
  report: { file: reportFile(name), read: readVitest },
});

const playwright = (name: string, config: string): Stage => ({
  name,
  command: `playwright test --config ${config} --reporter=list,json`,
  report: { file: reportFile(name), read: readPlaywright },
});

const reportFile = (name: string): string => `out/test/${name}.json`;

export const stages: readonly Stage[] = [
  { name: 'types', command: 'tsc -b' },
  { name: 'svelte-check', command: 'npm run --silent check:svelte' },
  { name: 'lint', command: 'npm run --silent lint' },
  // Names in quotes: the shell must not read the mark.
  vitest('unit', `--project '!convergence' --project '!servers' --project '!cli'`),
  vitest('convergence', '--project convergence --project servers'),
  {
    name: 'faults',
    // The same seed each time: what turns red has been changed. Other seeds are for whoever looks for more.
    command: 'node test/faults/run.ts --seed 20261121',
    report: { file: reportFile('faults'), read: readFaults },
  },
  { name: 'build', command: 'npm run --silent build' },
  // One file after the other: each starts several programs.
  vitest('cli', '--project cli --no-file-parallelism'),
  playwright('e2e', 'test/e2e/playwright.config.ts'),
];
