/**
 * One database at a time on a folder, also where processes do not see each other: two containers that share a volume.
 * PostgreSQL's own lock file names a process, which is somebody else's or nobody in another container, and two databases
 * on one folder ruin it. So the folder itself is locked (flock), by what runs on it: the lock ends with the last of them.
 */
import type { Command } from './command.ts';
import { DatabaseError } from './errors.ts';
import { run } from './run.ts';

/** What `flock` answers where somebody else has the lock; no other program here ends so. */
const conflict = 75;
/** In seconds: what is just ending lets go within it. */
const patience = '3';

function words(folder: string): readonly string[] {
  return ['--no-fork', '--timeout', patience, '--conflict-exit-code', String(conflict), folder];
}

/** Throws `database_in_use`. Answers false where folders cannot be locked: on macOS, with BusyBox, on some network disks. */
export async function assertUnlocked(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { status } = await run('flock', [...words(folder), 'true']);
  if (status !== conflict) return status === 0;
  throw new DatabaseError(
    'database_in_use',
    `A database that is not to be seen from here (of another container?) runs on ${folder}.`,
    'Stop that one, or choose another --data-dir.',
  );
}

/** The same program, holding the lock for as long as it or any child of it runs. */
export function underLock(folder: string, { file, args, options }: Command): Command {
  return { file: 'flock', args: [...words(folder), file, ...args], options };
}
