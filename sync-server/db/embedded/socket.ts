/**
 * The folder of the database's unix socket. It is the whole access control beside `peer`, so it is 0700; and it is short,
 * because the path of a socket has room for some 100 bytes only, which a data dir easily exceeds.
 */
import { chmod, chown, lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { systemCode } from './errors.ts';
import { folderHash } from './location.ts';

/** Names the socket file; nothing listens on a port. */
export const socketPort = 5432;

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the closing zero. */
const longest = 103 - `/.s.PGSQL.${socketPort}.lock`.length;

/** Whether `folder` is now a private folder of the account: made, or found just so. */
async function claim(folder: string, account: Account): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    if (account.changes) await chown(folder, account.uid, account.gid);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') return false;
  }
  // lstat: in a folder that everybody may write to, somebody else may have put a link or a folder of theirs.
  const found = await lstat(folder);
  const ours = found.uid === account.uid || (account.changes && found.uid === 0);
  if (!found.isDirectory() || !ours) return false;
  if (account.changes) await chown(folder, account.uid, account.gid);
  await chmod(folder, 0o700);
  return true;
}

/** Makes (or finds again) the socket folder of a cluster. */
export async function socketFolder(cluster: string, account: Account): Promise<string> {
  const name = `gatehouse-${folderHash(cluster)}`;
  const bases = [...(account.changes ? ['/run'] : []), tmpdir(), '/tmp'];
  for (const base of bases) {
    const folder = join(base, name);
    if (Buffer.byteLength(folder) <= longest && (await claim(folder, account))) return folder;
  }
  // The name is taken by somebody else: a random one cannot be.
  const folder = await mkdtemp(join('/tmp', 'gatehouse-'));
  if (account.changes) await chown(folder, account.uid, account.gid);
  return folder;
}
