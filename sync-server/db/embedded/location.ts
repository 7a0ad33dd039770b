/**
 * Where the database's files are. Normally `<data dir>/postgres`. Under root that folder may lie where the database's
 * account cannot go (a checkout below a 0700 home), and then they are in a folder of the system, which a small file in
 * the data dir names. That file is the only truth about it: a moved data dir still finds its database, and a deleted
 * one does not come back to life.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { canEnter, databaseAccount, isRoot } from './account.ts';
import type { Account } from './account.ts';
import { DatabaseError, systemCode } from './errors.ts';
import type { DatabaseLog } from './log.ts';
import { scratchName } from './scratch.ts';

export interface Location {
  readonly account: Account;
  /** The cluster: what PostgreSQL calls its data directory. */
  readonly folder: string;
  /** To be called when the cluster is in place. */
  settled(): Promise<void>;
}

/** The file in the data dir that names a database kept elsewhere. */
export const pointerName = 'postgres.json';

const pointerSchema = z.object({
  /** `creating` until the cluster is in place: only then does a missing folder mean that data was lost. */
  state: z.enum(['creating', 'ready']),
  folder: z.string(),
  note: z.string(),
});
type Pointer = z.infer<typeof pointerSchema>;

const note = 'The database of this data dir; it is kept there because its account cannot enter this folder.';

/** Twelve hex digits that stand for a folder. */
export function folderHash(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12);
}

async function writePointer(dataDir: string, pointer: Pointer): Promise<void> {
  const scratch = join(dataDir, await scratchName(pointerName));
  const file = await open(scratch, 'wx', 0o600);
  await file.writeFile(`${JSON.stringify(pointer, null, 2)}\n`);
  await file.sync();
  await file.close();
  await rename(scratch, join(dataDir, pointerName));
}

/** Reads the pointer; anything but a folder that this program made there is refused, since root will write to it. */
async function readPointer(dataDir: string, systemFolder: string): Promise<Pointer | undefined> {
  const path = join(dataDir, pointerName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const pointer = pointerSchema.parse(JSON.parse(text));
    if (dirname(pointer.folder) === systemFolder && /^data-[0-9a-f-]+$/.test(basename(pointer.folder))) {
      return pointer;
    }
  } catch {
    // Said below, with the name of the file.
  }
  throw new DatabaseError(
    'database_folder_missing',
    `${path} does not name a database below ${systemFolder}.`,
    'Correct its "folder", or remove the file to start with an empty database.',
  );
}

async function ownerOf(cluster: string): Promise<number | undefined> {
  return stat(join(cluster, 'PG_VERSION')).then(
    ({ uid }) => uid,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw new DatabaseError(
        'database_folder_foreign',
        `The database in ${cluster} belongs to another user.`,
        'Start the server as that user, or choose another --data-dir.',
        error,
      );
    },
  );
}

async function warnOfEarlier(systemFolder: string, hash: string, log: DatabaseLog): Promise<void> {
  for (const name of await readdir(systemFolder).catch(() => [])) {
    if (name.startsWith(`data-${hash}-`) && !name.includes('.new-')) {
      log.warn(
        `an earlier database of this data dir is still in ${join(systemFolder, name)}; it is not used`,
      );
    }
  }
}

async function locateElsewhere(
  dataDir: string,
  systemFolder: string,
  known: Pointer | undefined,
  log: DatabaseLog,
): Promise<Location> {
  await mkdir(systemFolder, { recursive: true, mode: 0o755 });
  const hash = folderHash(dataDir);
  if (!known) await warnOfEarlier(systemFolder, hash, log);
  const pointer = known ?? {
    state: 'creating',
    folder: join(systemFolder, `data-${hash}-${randomBytes(3).toString('hex')}`),
    note,
  };
  const owner = await ownerOf(pointer.folder);
  if (owner === undefined && pointer.state === 'ready') {
    throw new DatabaseError(
      'database_folder_missing',
      `The database of ${dataDir} should be in ${pointer.folder}, and is not there.`,
      `Bring that folder back, or remove ${join(dataDir, pointerName)} to start with an empty database.`,
    );
  }
  if (!known) await writePointer(dataDir, pointer);
  log.info(`the database of ${dataDir} is kept in ${pointer.folder}`);
  return {
    account: await databaseAccount(owner),
    folder: pointer.folder,
    async settled() {
      if (pointer.state === 'creating') await writePointer(dataDir, { ...pointer, state: 'ready' });
    },
  };
}

/** Whether a database was ever made for a data dir, or begun; makes nothing itself. */
export async function hasDatabase(dataDir: string): Promise<boolean> {
  for (const name of ['postgres', pointerName]) {
    const found = await stat(join(dataDir, name)).then(
      () => true,
      // What may not be looked at is told of by whoever opens it.
      (error: unknown) => !['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? ''),
    );
    if (found) return true;
  }
  return false;
}

/** Finds (or decides) where the database of a data dir is, and as whom it runs. */
export async function locate(dataDir: string, systemFolder: string, log: DatabaseLog): Promise<Location> {
  // Only passing through is granted to others, and only under root, where the account is another one.
  await mkdir(dataDir, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
  const real = await realpath(dataDir);
  const inside = join(real, 'postgres');
  const here = async (account: Account): Promise<Location> => ({
    account,
    folder: inside,
    settled: async () => undefined,
  });
  if (!isRoot()) {
    await ownerOf(inside);
    return here(await databaseAccount());
  }
  const pointer = await readPointer(real, systemFolder);
  if (pointer) return locateElsewhere(real, systemFolder, pointer, log);
  const owner = await ownerOf(inside);
  const account = await databaseAccount(owner);
  if (await canEnter(account, real)) return here(account);
  if (owner === undefined) return locateElsewhere(real, systemFolder, undefined, log);
  throw new DatabaseError(
    'database_folder_unreachable',
    `The database is in ${inside}, where the user ${account.name} may not go.`,
    `Let that user pass (chmod o+x) through every folder above it, or start the server as ${account.name}.`,
  );
}
