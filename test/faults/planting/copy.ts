/** A copy of the source to plant faults in, and a check's verdict there. The checkout itself is never touched. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plant } from '../plant.ts';
import { planted } from './texts.ts';

const root = join(import.meta.dirname, '../../..');
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

export interface Copy {
  /** Plants all of them at once; the answer mends them. Throws where one has no place of its own. */
  plant(plants: readonly Plant[]): Promise<() => Promise<void>>;
  /** Whether the check holds here, with a few cases; what does not end in time has noticed as well. */
  holds(check: string, seed: number, patience: number): Promise<boolean>;
  remove(): Promise<void>;
}

/** Everything is copied but what checks only read. */
export async function copySource(): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-planted-'));
  for (const entry of source) await cp(join(root, entry), join(folder, entry), { recursive: true });
  for (const entry of ['node_modules', 'renderer', 'out']) {
    await symlink(join(root, entry), join(folder, entry)).catch(() => undefined);
  }
  return {
    plant: (plants) => plantIn(folder, plants),
    holds: (check, seed, patience) => holds(folder, check, seed, patience),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function plantIn(folder: string, plants: readonly Plant[]): Promise<() => Promise<void>> {
  const before = new Map<string, string>();
  for (const file of new Set(plants.map((one) => one.file))) {
    before.set(file, await readFile(join(folder, file), 'utf8'));
  }
  for (const [file, text] of before) {
    const mine = plants.filter((one) => one.file === file);
    await writeFile(join(folder, file), planted(text, mine));
  }
  return async () => {
    for (const [file, text] of before) await writeFile(join(folder, file), text);
  };
}

async function holds(folder: string, check: string, seed: number, patience: number): Promise<boolean> {
  const words = ['test/faults/run.ts', '--only', check, '--few', '--seed', String(seed)];
  // A group of its own: what a check started and a fault kept from its end goes with it.
  const child = spawn(process.execPath, words, { cwd: folder, stdio: 'ignore', detached: true });
  const interrupted = (): void => {
    endGroup(child);
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  const late = setTimeout(() => child.kill('SIGKILL'), patience);
  await once(child, 'exit');
  clearTimeout(late);
  process.off('SIGINT', interrupted);
  endGroup(child);
  return child.exitCode === 0;
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody was left in it.
  }
}
