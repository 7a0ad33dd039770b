/** How a program of PostgreSQL is started: as the right account, without our environment, and not outliving us. */
import type { SpawnOptions } from 'node:child_process';
import type { Account } from './account.ts';
import { run } from './run.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid' | 'detached'>;
}

/**
 * Whether `setpriv` can ask the kernel to signal a child when its parent dies. util-linux ≥ 2.33 can, BusyBox cannot;
 * without it a database outlives a killed server until the next start stops it.
 */
export async function setprivFollowsParent(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return (await run('setpriv', ['--pdeathsig', 'INT', '--', 'true'])).status === 0;
}

/**
 * The command line for `program`. The kernel clears a parent-death signal when a process changes its user, so setpriv
 * does both, in its own right order. The signal follows the *thread* that spawns: call this from the main thread.
 *
 * The environment is built anew: PG* variables would change behaviour, and ours may hold secrets that anyone of that
 * account could read. `detached` gives it a process group of its own, so that Ctrl+C at a terminal reaches us only.
 */
export function commandFor(
  account: Account,
  followsParent: boolean,
  program: string,
  args: readonly string[],
): Command {
  const base = {
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    detached: true,
  };
  if (!followsParent) {
    const identity = account.changes ? { uid: account.uid, gid: account.gid } : {};
    return { file: program, args, options: { ...base, ...identity } };
  }
  const identity = account.changes
    ? ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups']
    : [];
  return {
    file: 'setpriv',
    args: [...identity, '--pdeathsig', 'INT', '--', program, ...args],
    options: { ...base, env: { ...base.env, PATH: process.env['PATH'] ?? base.env.PATH } },
  };
}
