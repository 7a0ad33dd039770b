/**
 * Names for things that are built beside their final place and then renamed into it. A name tells which process builds
 * it, so that what a killed process left is recognised and removed, and what a live one builds is left alone.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './errors.ts';

/** When a process started, in clock ticks since boot: with the pid it names one process for good (Linux only). */
async function startTick(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and brackets; field 22 counts from the last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

/** Whether there is a process of that pid, whoever's it is. */
export function alive(pid: number): boolean {
  // 0 and below mean process groups.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** A fresh name such as `postgres.new-4711-88123-a1b2c3`. */
export async function scratchName(prefix: string): Promise<string> {
  return `${prefix}.new-${process.pid}-${await startTick(process.pid)}-${randomBytes(3).toString('hex')}`;
}

/** Removes from `folder` what `scratchName(prefix)` named in processes that are gone. */
export async function removeStaleScratch(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${prefix}.new-`)) continue;
    const [pid, tick] = name.slice(prefix.length + '.new-'.length).split('-');
    const builder = Number(pid);
    if (alive(builder) && (await startTick(builder)) === tick) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
