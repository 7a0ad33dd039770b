/** Makes the cluster at the first start, and checks at later ones that this PostgreSQL can read it. */
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account.ts';
import { isRoot } from './account.ts';
import type { Command } from './command.ts';
import { DatabaseError, systemCode } from './errors.ts';
import type { DatabaseLog } from './log.ts';
import type { CommandResult } from './run.ts';
import { run } from './run.ts';
import { removeStaleScratch, scratchName } from './scratch.ts';
import { databaseName, hostBasedAccess, identMap, roleName } from './settings.ts';

/** Builds the command line for one of PostgreSQL's programs (`initdb`, `postgres`). */
export type Commands = (program: string, args: readonly string[]) => Command;

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}

function expectDone(step: string, { status, stderr }: CommandResult): void {
  if (status === 0) return;
  throw new DatabaseError(
    'database_init_failed',
    `The database could not be created (${step}): ${stderr.trim().split('\n').slice(-3).join(' ')}`,
    'Check that the disk has room and the data dir can be written, then start again.',
  );
}

/** A folder only the account can enter, inside one that it cannot write to. */
async function privateFolder(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  if (account.changes) await chown(folder, account.uid, account.gid);
}

/**
 * Creates the cluster with its database, beside its place, then renames it into place: a kill at any moment leaves
 * either no cluster or a whole one. PostgreSQL's own built-in C.UTF-8 sorts the same on every system, so an upgrade of
 * the system's libraries never breaks an index.
 */
async function createCluster(folder: string, account: Account, commands: Commands): Promise<void> {
  const parent = dirname(folder);
  await removeStaleScratch(parent, basename(folder));
  const scratch = join(parent, await scratchName(basename(folder)));
  await privateFolder(scratch, account);
  try {
    const initdb = commands('initdb', [
      `--pgdata=${scratch}`,
      `--username=${roleName}`,
      '--auth-local=peer',
      '--auth-host=reject',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ]);
    expectDone('initdb', await run(initdb.file, initdb.args, initdb.options));
    const single = commands('postgres', ['--single', '-D', scratch, 'postgres']);
    expectDone(
      'createdb',
      await run(single.file, single.args, single.options, `CREATE DATABASE ${databaseName}\n`),
    );
    await rename(scratch, folder);
    await syncFolder(parent);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    // Another start was faster; its cluster is as good.
    const code = systemCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

async function clusterVersion(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    throw new DatabaseError(
      'database_folder_foreign',
      `The database in ${folder} cannot be read (${code ?? String(error)}).`,
      'Start the server as the user that owns it, or choose another --data-dir.',
      error,
    );
  }
}

/** Makes sure that `folder` holds a cluster of this major version. */
export async function ensureCluster(
  folder: string,
  major: string,
  account: Account,
  commands: Commands,
  log: DatabaseLog,
): Promise<void> {
  if ((await clusterVersion(folder)) === undefined) {
    const strange = await stat(folder).catch(() => undefined);
    if (strange) {
      throw new DatabaseError(
        'database_folder_foreign',
        `${folder} exists, and is no database (it has no PG_VERSION).`,
        'Move it away, or choose another --data-dir.',
      );
    }
    log.info(`creating the database in ${folder}`);
    await createCluster(folder, account, commands);
  }
  const found = await clusterVersion(folder);
  if (found === major) return;
  throw new DatabaseError(
    'database_version',
    `The database in ${folder} was made by PostgreSQL ${found ?? '?'}; this is PostgreSQL ${major}.`,
    `Carry it over: gatehouse backup --data-dir with the Gatehouse that made it, then gatehouse restore FILE --closings OLD/closings.log into an empty --data-dir with this one.`,
  );
}

/** Writes who may connect. Done at every start, because the accounts may be others than at the last one. */
export async function writeAccess(folder: string, account: Account): Promise<void> {
  const files = {
    'pg_hba.conf': hostBasedAccess,
    'pg_ident.conf': identMap([account.name, ...(isRoot() ? ['root'] : [])]),
  };
  for (const [name, content] of Object.entries(files)) {
    await removeStaleScratch(folder, name);
    const path = join(folder, name);
    const scratch = join(folder, await scratchName(name));
    await writeFile(scratch, content, { flag: 'wx', mode: 0o600, flush: true });
    if (account.changes) await chown(scratch, account.uid, account.gid);
    await rename(scratch, path);
  }
}
