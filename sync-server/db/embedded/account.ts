/**
 * Which operating-system account PostgreSQL runs as. It refuses to run as root, so under root it gets an unprivileged
 * account that is there already; nothing is added to the system.
 */
import { readFile } from 'node:fs/promises';
import { DatabaseError } from './errors.ts';
import { run } from './run.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Whether a child has to change to it, because this process is root. */
  readonly changes: boolean;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const noAccount = 'Run as a user that the system knows, or set DATABASE_URL to a PostgreSQL of your own.';

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function passwdEntries(): Promise<PasswdEntry[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** The name of the account this process runs as; `peer` authentication goes by it. */
export async function ownName(): Promise<string> {
  // Not os.userInfo(): that throws where the account has no entry, and a directory service may know it all the same.
  const { status, stdout } = await run('id', ['-un'], { env: { PATH: process.env['PATH'] } });
  const name = stdout.trim();
  if (status !== 0 || name === '') {
    throw new DatabaseError(
      'database_user_missing',
      `PostgreSQL cannot run as user id ${process.getuid?.() ?? '?'}: the system has no name for it.`,
      noAccount,
    );
  }
  return name;
}

/**
 * The account for the database. `owner` is the user id that owns an existing data folder: PostgreSQL insists on being
 * that user, so under root it decides.
 */
export async function databaseAccount(owner?: number): Promise<Account> {
  if (!isRoot()) {
    return {
      name: await ownName(),
      uid: process.getuid?.() ?? -1,
      gid: process.getgid?.() ?? -1,
      changes: false,
    };
  }
  const entries = (await passwdEntries()).filter(({ uid }) => uid !== 0);
  const chosen =
    owner === undefined
      ? (entries.find(({ name }) => name === 'postgres') ?? entries.find(({ name }) => name === 'nobody'))
      : entries.find(({ uid }) => uid === owner);
  if (!chosen) {
    throw new DatabaseError(
      'database_user_missing',
      owner === undefined
        ? 'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.'
        : `The database's files belong to user id ${owner}, which PostgreSQL cannot run as.`,
      noAccount,
    );
  }
  return { ...chosen, changes: true };
}

/** Whether the account can enter a folder, asked by trying it (so that ACLs and mount options count). */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  const identity = account.changes ? { uid: account.uid, gid: account.gid } : {};
  const { status } = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { cwd: '/', ...identity });
  return status === 0;
}
