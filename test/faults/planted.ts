/**
 * Plants each fault in a copy of the source and runs the check made for it there: it has to turn red, and stays green
 * without the fault. The checkout itself is never touched.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from './check.ts';
import type { Plant } from './plant.ts';
import { plants } from './plants.ts';

const root = join(import.meta.dirname, '../..');
const source = [
  'domain',
  'gateway',
  'main',
  'sync-server',
  'test',
  'package.json',
  'tsconfig.json',
  'README.md',
];

async function copyOfSource(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-planted-'));
  for (const entry of source) await cp(join(root, entry), join(folder, entry), { recursive: true });
  for (const entry of ['node_modules', 'renderer', 'out']) {
    await symlink(join(root, entry), join(folder, entry)).catch(() => undefined);
  }
  return folder;
}

/** A fault may keep a check from its end, which is noticed as well; in milliseconds. */
const patience = 300_000;

/** Whether the check holds in `folder`, with a few cases. */
async function holds(folder: string, check: string, seed: number): Promise<boolean> {
  const words = ['test/faults/run.ts', '--only', check, '--few', '--seed', String(seed)];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: 'ignore' });
  const late = setTimeout(() => child.kill('SIGKILL'), patience);
  await once(child, 'exit');
  clearTimeout(late);
  return child.exitCode === 0;
}

async function plant(folder: string, { file, find, replace }: Plant): Promise<() => Promise<void>> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`“${find}” does not stand in ${file} exactly once.`);
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
  return () => writeFile(path, text);
}

interface Shown {
  readonly plant: Plant;
  readonly clean: boolean;
  readonly red: boolean;
  /** Other checks that notice as well; null where they were not asked. */
  readonly others: readonly string[] | null;
}

function row({ plant: { fault, check }, clean, red, others }: Shown): string {
  const cells = [fault, `\`${check}\``, clean ? 'green' : 'RED', red ? 'red' : 'GREEN'];
  const also = others === null ? [] : [others.map((name) => `\`${name}\``).join(', ') || 'none'];
  return `| ${[...cells, ...also].join(' | ')} |`;
}

export interface PlantedOptions {
  /** Plants of these checks only. */
  readonly checks: readonly Check[];
  /** Checks that are asked about every fault, beside the one made for it; empty: none. */
  readonly others: readonly Check[];
  readonly seed: number;
}

/** Prints the table; throws nothing, but sets the exit code where a check stayed green under its fault. */
export async function showPlanted({ checks, others, seed }: PlantedOptions): Promise<void> {
  const folder = await copyOfSource();
  const rows: string[] = [];
  try {
    for (const { name } of checks) {
      const mine = plants.filter(({ check }) => check === name);
      if (mine.length === 0) continue;
      const clean = await holds(folder, name, seed);
      for (const one of mine) {
        const mend = await plant(folder, one);
        const red = !(await holds(folder, name, seed));
        const also = await redAmong(folder, others, name, seed);
        await mend();
        if (!clean || !red) process.exitCode = 1;
        const shown = row({ plant: one, clean, red, others: also });
        console.log(shown);
        rows.push(shown);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const head = [
    'planted fault',
    'check',
    'without it',
    'with it',
    ...(others.length > 0 ? ['also red'] : []),
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(`\n${[line(head), line(head.map(() => '---')), ...rows].join('\n')}\n`);
}

async function redAmong(
  folder: string,
  others: readonly Check[],
  own: string,
  seed: number,
): Promise<readonly string[] | null> {
  if (others.length === 0) return null;
  const red: string[] = [];
  for (const { name } of others) {
    if (name !== own && !(await holds(folder, name, seed))) red.push(name);
  }
  return red;
}
