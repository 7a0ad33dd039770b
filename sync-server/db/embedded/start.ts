/**
 * The embedded database: a real PostgreSQL as a child process, from the binaries of an npm package. It listens on a
 * private unix socket only, knows accounts instead of passwords, is durable, and ends with its parent.
 */
import { rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Account } from './account.ts';
import { ensureCluster, writeAccess } from './cluster.ts';
import type { Commands } from './cluster.ts';
import { commandFor, setprivFollowsParent, type Command } from './command.ts';
import { DatabaseError } from './errors.ts';
import { underLock } from './folder-lock.ts';
import { clearLeftovers } from './leftover.ts';
import { locate } from './location.ts';
import type { DatabaseLog } from './log.ts';
import { startPostmaster } from './postmaster.ts';
import type { Ended, Postmaster } from './postmaster.ts';
import { copyProgram, hydrateLinks, installedProgram } from './program.ts';
import type { Program } from './program.ts';
import { run } from './run.ts';
import { databaseName, roleName, serverSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { socketFolder, socketPort } from './socket.ts';

export interface EmbeddedOptions {
  /** The server's data dir; made if it is not there. */
  readonly dataDir: string;
  readonly log: DatabaseLog;
  /** Called when PostgreSQL ends without having been told to: nothing works from then on. */
  readonly onExit: (ended: Ended) => void;
  /** Where root keeps what the database's account could not reach otherwise. */
  readonly systemFolder?: string;
  /** Other files of PostgreSQL than the installed package's. */
  readonly program?: Program;
  /** Settings on top of the durable ones. */
  readonly settings?: Settings;
}

/** How to connect: the part of `pg`'s configuration that says where. */
export interface ConnectionConfig {
  /** The folder of the unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Said outright, so that PGSSLMODE in the environment does not ask for it on a socket. */
  readonly ssl: false;
}

export interface EmbeddedPostgres {
  /** For `new Pool({ ...connection, max })`. */
  readonly connection: ConnectionConfig;
  /** The same as one string, to hand to another process. It holds no secret. */
  readonly connectionString: string;
  readonly pid: number;
  /** E.g. `18.4`. */
  readonly version: string;
  /** Where the data is. */
  readonly folder: string;
  /** Fast shutdown; may be called more than once. `onExit` is not called for it. */
  readonly stop: () => Promise<void>;
}

export const defaultSystemFolder = '/var/lib/gatehouse';

/** Orphans that cannot be seen (macOS, some containers) are waited for this long. */
const sharedMemoryPatience = 10_000;

/** The program where the account can run it, with all its libraries. */
async function reachableProgram(
  account: Account,
  dataDir: string,
  systemFolder: string,
  log: DatabaseLog,
  given?: Program,
): Promise<Program> {
  const installed = given ?? (await installedProgram());
  // Root does not let another account run files that lie in somebody's home, even if it could today.
  if (account.changes) return copyProgram(installed, systemFolder, log);
  return (await hydrateLinks(installed.folder)) ? installed : copyProgram(installed, dataDir, log);
}

/** Asks the program for its version, which shows at once whether it runs here at all. */
async function programVersion(commands: Commands): Promise<string> {
  const { file, args, options } = commands('postgres', ['--version']);
  const { status, stdout, stderr } = await run(file, args, options);
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout)?.[1];
  if (status === 0 && version) return version;
  throw new DatabaseError(
    'database_binaries_broken',
    `The embedded PostgreSQL does not run here: ${stderr.trim() || stdout.trim() || 'no reason given'}`,
    'Install again (npm ci), or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** Starts, and starts again while an unseen orphan holds the cluster's shared memory. */
async function startPatiently(cluster: string, command: Command, log: DatabaseLog): Promise<Postmaster> {
  const end = Date.now() + sharedMemoryPatience;
  for (;;) {
    const result = await startPostmaster(command, log);
    if (result.ok) return result.postmaster;
    const taken = result.output.includes('lock file "postmaster.pid" already exists');
    // The folder's own lock has no words.
    if (taken || (result.output === '' && Date.now() < end)) {
      // Another start was faster: this says so, or stops what it left.
      await clearLeftovers(cluster, log);
    } else if (!result.output.includes('shared memory block') || Date.now() > end) {
      throw new DatabaseError(
        'database_start_failed',
        `PostgreSQL did not start on ${cluster}: ${result.output.trim() || 'no reason given'}`,
        'Mend what it says, then start again; the data is untouched.',
      );
    }
    await wait(200);
  }
}

/** A connection as one string, to hand to another process. */
export function connectionString({ host, port, user, database }: Omit<ConnectionConfig, 'ssl'>): string {
  return `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;
}

/** Starts the database of a data dir, making it first if need be. Throws `DatabaseError`. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, onExit, systemFolder = defaultSystemFolder } = options;
  const dataDir = resolve(options.dataDir);
  // Before anything is made: a platform without binaries should leave no folders behind.
  if (!options.program) await installedProgram();
  const location = await locate(dataDir, systemFolder, log);
  const { account, folder } = location;
  const program = await reachableProgram(account, dataDir, systemFolder, log, options.program);
  const follows = await setprivFollowsParent();
  const commands: Commands = (name, args) =>
    commandFor(account, follows, join(program.folder, 'bin', name), args);
  const version = await programVersion(commands);

  await ensureCluster(folder, version.split('.')[0] ?? version, account, commands, log);
  await location.settled();
  const locks = await clearLeftovers(folder, log);
  await writeAccess(folder, account);

  const socket = await socketFolder(folder, account);
  const settings = { ...serverSettings(socket, socketPort), ...options.settings };
  const args = [
    '-D',
    folder,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const command = commands('postgres', args);
  const postmaster = await startPatiently(folder, locks ? underLock(folder, command) : command, log);

  const connection = {
    host: socket,
    port: socketPort,
    user: roleName,
    database: databaseName,
    ssl: false,
  } as const;
  let stopping = false;
  void postmaster.ended.then((ended) => {
    if (!stopping) onExit(ended);
  });
  return {
    connection,
    connectionString: connectionString(connection),
    pid: postmaster.pid,
    version,
    folder,
    stop: async () => {
      stopping = true;
      await postmaster.stop();
      // Empty by now, unless another start has taken it over; that one needs it.
      await rmdir(socket).catch(() => undefined);
    },
  };
}
