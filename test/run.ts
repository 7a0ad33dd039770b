/**
 * `npm test`: prepares the machine, runs every stage and adds up. `npm test -- unit e2e` runs only those.
 * Goes on after a failure, so that one run shows all there is to mend; exits 1 on any, or if no test ran.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { stages } from './stages.ts';
import type { Stage } from './stages.ts';
import { add, closingLine, nothing } from './support/reports.ts';
import type { Tally } from './support/reports.ts';
import { prepareSystem } from './support/system.ts';

const root = join(import.meta.dirname, '..');
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/**
 * Runs one stage with its output shown as it comes. A failure that no report counts is one failure. Stages start hundreds
 * of programs from the same source: what one of them has compiled, the next ones read.
 */
function runStage({ command, report }: Stage): Tally {
  const file = report && join(root, report.file);
  if (file) {
    rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
  }
  const run = spawnSync(command, {
    cwd: root,
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
      ...(file && { PLAYWRIGHT_JSON_OUTPUT_NAME: file }),
      NODE_COMPILE_CACHE: join(root, 'out/test/compiled'),
    },
  });
  const counted =
    report && file && existsSync(file)
      ? report.read(JSON.parse(readFileSync(file, 'utf8')) as unknown)
      : nothing;
  const ranNone = report !== undefined && counted.passed + counted.failed === 0;
  const isUncounted = counted.failed === 0 && (run.status !== 0 || ranNone);
  return isUncounted ? add(counted, { ...nothing, failed: 1 }) : counted;
}

function runAll(chosen: readonly Stage[]): Tally {
  const isPrepared = prepareSystem((line) => say(`system: ${line}`));
  let total: Tally = isPrepared ? nothing : { ...nothing, failed: 1 };
  const summary: string[] = isPrepared ? [] : ['system: failed'];

  for (const [place, stage] of chosen.entries()) {
    say(`\n── ${stage.name} (${String(place + 1)} of ${String(chosen.length)})`);
    const start = performance.now();
    const tally = runStage(stage);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const verdict = stage.report ? closingLine(tally) : tally.failed === 0 ? 'ok' : 'failed';
    const line = `${stage.name}: ${verdict} (${seconds} s)`;
    say(`── ${line}`);
    summary.push(line);
    total = add(total, tally);
  }

  say(`\n${summary.join('\n')}`);
  total.skipped.forEach((test) => say(`skipped: ${test}`));
  return total;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  say(`no such stage: ${unknown.join(', ')}; there are ${stages.map((stage) => stage.name).join(', ')}`);
  process.exitCode = 2;
} else {
  const total = runAll(stages.filter((stage) => names.length === 0 || names.includes(stage.name)));
  say(closingLine(total));
  const hasTests = names.length > 0 || total.passed > 0;
  process.exitCode = total.failed > 0 || !hasTests ? 1 : 0;
}
