/**
 * `npm run bench`: measures, prints a table and leaves it with a chart in test/bench/results. `--only gateway,decisions`
 * runs some of it, `--rows 20000` a smaller portal. Exits 1 where a ratio is missed: ratios hold on every machine, times
 * are for orientation.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureAudit } from './audit.ts';
import { chart } from './chart.ts';
import { measureDecisions } from './decisions.ts';
import { measureFirstSync } from './first-sync.ts';
import { measureGateways } from './gateways.ts';
import { isMissedRatio, type Figure, type Measurement } from './measure.ts';
import { measureOffline } from './offline.ts';
import { machine, markdown, table } from './report.ts';

const measurements: ReadonlyMap<string, Measurement> = new Map([
  ['first-sync', measureFirstSync],
  ['decisions', measureDecisions],
  ['offline', measureOffline],
  ['gateway', measureGateways],
  ['audit', measureAudit],
]);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string', default: '100000' },
    out: { type: 'string', default: join(import.meta.dirname, 'results') },
  },
});
const names = values.only?.split(',') ?? [...measurements.keys()];
const rows = Number(values.rows);
const unknown = names.filter((name) => !measurements.has(name));
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

if (unknown.length > 0 || !Number.isSafeInteger(rows) || rows < 1) {
  say(`usage: npm run bench -- [--only ${[...measurements.keys()].join(',')}] [--rows N] [--out FOLDER]`);
  process.exitCode = 2;
} else {
  const figures: Figure[] = [];
  for (const [name, measure] of measurements) {
    if (!names.includes(name)) continue;
    say(`── ${name}`);
    figures.push(...(await measure({ rows, say })));
  }
  process.stdout.write(`${table(figures)}\n`);
  const at = new Date().toISOString();
  await mkdir(values.out, { recursive: true });
  const write = (name: string, text: string): Promise<void> => writeFile(join(values.out, name), text);
  await write('latest.json', `${JSON.stringify({ at, machine: machine(), rows, figures }, null, 2)}\n`);
  await write('latest.md', markdown(figures, at));
  await write('latest.svg', chart(figures));
  process.exitCode = figures.some(isMissedRatio) ? 1 : 0;
}
