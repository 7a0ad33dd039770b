/** Which PostgreSQL processes of one cluster are running, whoever started them. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { run } from './run.ts';

export interface PostgresProcess {
  readonly pid: number;
  readonly parent: number;
  /** The one that was started with `-D`; the others are its children, or orphans of one that is gone. */
  readonly postmaster: boolean;
  /** The process that started it, as `gatehouse.owner` says; undefined if it was not us. */
  readonly owner: number | undefined;
}

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
}

function describe({ pid, parent, args }: Found, cluster: string): PostgresProcess {
  const postmaster = args.some((arg, index) => arg === '-D' && args[index + 1] === cluster);
  const owner = /^gatehouse\.owner=(\d+)$/m.exec(args.join('\n'))?.[1];
  return { pid, parent, postmaster, owner: owner === undefined ? undefined : Number(owner) };
}

/**
 * One process, if it is PostgreSQL in this cluster. PostgreSQL's working directory is its cluster, which is sure; root
 * without the right to look into others' processes (a container) cannot see it and goes by the command line. A zombie
 * has neither, and counts as gone.
 */
async function inspect(pid: number, cluster: string): Promise<PostgresProcess | undefined> {
  const unreadable = (): undefined => undefined;
  const [commandLine, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(unreadable),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(unreadable),
  ]);
  if (!commandLine || !status) return undefined;
  const [executable, cwd] = await Promise.all([
    readlink(`/proc/${pid}/exe`).catch(unreadable),
    readlink(`/proc/${pid}/cwd`).catch(unreadable),
  ]);
  const args = commandLine.split('\0');
  // An upgrade of the package leaves "/…/postgres (deleted)".
  const program = executable?.replace(/ \(deleted\)$/, '') ?? args[0] ?? '';
  if (basename(program) !== 'postgres') return undefined;
  const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
  const found = describe({ pid, parent, args }, cluster);
  const here = cwd === undefined ? found.postmaster : cwd === cluster;
  return here ? found : undefined;
}

/** Where there is no /proc (macOS): by the command line alone, so orphans of a dead postmaster are not found. */
async function inspectAllWithPs(cluster: string): Promise<PostgresProcess[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,ppid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (!pid || !parent || !command?.includes(`/postgres -D ${cluster} `)) return [];
    const owner = /gatehouse\.owner=\d+/.exec(command)?.[0];
    const args = ['-D', cluster, ...(owner === undefined ? [] : [owner])];
    return [describe({ pid: Number(pid), parent: Number(parent), args }, cluster)];
  });
}

/** All PostgreSQL processes of a cluster (its real path, without links). */
export async function postgresProcesses(cluster: string): Promise<PostgresProcess[]> {
  if (process.platform !== 'linux') return inspectAllWithPs(cluster);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map((pid) => inspect(pid, cluster)));
  return all.filter((found) => found !== undefined);
}
