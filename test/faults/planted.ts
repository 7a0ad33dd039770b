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

/** Whether the check holds in `folder`, with a few cases. */
async function holds(folder: string, check: string, seed: number): Promise<boolean> {
  const words = ['test/faults/run.ts', '--only', check, '--few', '--seed', String(seed)];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: 'ignore' });
  await once(child, 'exit');
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

/** Prints the table; throws nothing, but sets the exit code where a check stayed green under its fault. */
export async function showPlanted(checks: readonly Check[], seed: number): Promise<void> {
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
        await mend();
        const good = clean && red;
        if (!good) process.exitCode = 1;
        const row = `| ${one.fault} | \`${name}\` | ${clean ? 'green' : 'RED'} | ${red ? 'red' : 'GREEN'} |`;
        console.log(row);
        rows.push(row);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const head = ['| planted fault | check | without it | with it |', '| --- | --- | --- | --- |'];
  console.log(`\n${[...head, ...rows].join('\n')}\n`);
}
