/** Numbers and flags of the simulation and the fault checks: what cannot be tried is no success. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

async function run(...args: string[]) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, wrong] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, said, wrong };
}

/** A program with one flag that takes a number. */
const program = `
  import { readFlags, wholeNumber } from './test/support/flags.ts';
  const { count } = readFlags({ count: { type: 'string', default: '7' }, few: { type: 'boolean' } });
  console.log(wholeNumber('count', count, 1));`;
const withFlags = (...args: string[]) => run('--input-type=module', '--eval', program, '--', ...args);

test.each([
  [[], 7],
  [['--count', '1'], 1],
  [['--count', '4294967295', '--few'], 4_294_967_295],
])('%j is %i', async (args, count) => {
  expect(await withFlags(...args)).toEqual({ code: 0, said: `${count}\n`, wrong: '' });
});

test.each(['0', '-1', 'abc', '', '1e3', '1.5', ' 1', '4294967296', '1e30'])(
  '--count "%s" is told in one line, and 2',
  async (count) => {
    const wrong = `--count is a whole number from 1 to 4294967295, not "${count}".\n`;
    expect(await withFlags(`--count=${count}`)).toEqual({ code: 2, said: '', wrong });
  },
);

test.each([
  [['--cuont', '1'], "Unknown option '--cuont'. There are: --count, --few.\n"],
  [['--count'], "Option '--count <value>' argument missing. There are: --count, --few.\n"],
])('%j is told in one line, and 2', async (args, wrong) => {
  expect(await withFlags(...args)).toEqual({ code: 2, said: '', wrong });
});

test.each([
  ['simulation', ['--seeds', '0'], '--seeds is a whole number from 1 '],
  ['simulation', ['--workers', '0'], '--workers is a whole number from 1 '],
  ['simulation', ['--from', 'abc'], '--from is a whole number from 0 '],
  ['faults', ['--cases', 'abc'], '--cases is a whole number from 1 '],
  ['faults', ['--planted', '--seed', 'abc'], '--seed is a whole number from 0 '],
  ['faults', ['--only', 'nonsense'], 'There is no check “nonsense”. There are: server-killed, '],
])(
  '%s with %j tries nothing',
  async (folder, args, sentence) => {
    const { code, said, wrong } = await run(`test/${folder}/run.ts`, ...args);
    expect([code, said]).toEqual([2, '']);
    expect(wrong).toMatch(/^.*\n$/);
    expect(wrong).toContain(sentence);
  },
  120_000,
);
