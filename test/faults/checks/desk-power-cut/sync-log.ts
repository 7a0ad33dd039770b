/**
 * Notes what this process makes durable: every sync of a file or folder through Node, as one line of JSON in a log. It is
 * patched in, because that is what must be found out: which syncs there really are. Loaded by `--import` with SYNC_LOG
 * set, it does so in the process that owns the copy.
 */
import { appendFileSync, fstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const syncLineSchema = z.strictObject({
  /** Which file, however it is called. */
  ino: z.string(),
  /** Its size and time: whether it was written to since. */
  version: z.string(),
  /** What it held, where it is small enough to be kept whole. */
  content: z.base64().nullable(),
  /** Of a folder: which file each name stands for. */
  names: z.record(z.string(), z.string()).nullable(),
});
export type SyncLine = z.infer<typeof syncLineSchema>;

/** The database's own files are larger and are told by their version alone. */
const small = 512 * 1024;

const isDatabase = (path: string): boolean => /\/(replica|template-[^/]*)(\.making)?(\/|$)/.test(path);

export function versionOf({ size, mtimeNs }: { readonly size: bigint; readonly mtimeNs: bigint }): string {
  return `${size}:${mtimeNs}`;
}

function lineOf(fd: number, path: string): SyncLine {
  const stat = fstatSync(fd, { bigint: true });
  const line = { ino: String(stat.ino), version: versionOf(stat), content: null, names: null };
  if (stat.isDirectory()) {
    const names = readdirSync(path).map((name) => [name, String(statSync(join(path, name)).ino)] as const);
    return { ...line, names: isDatabase(path) ? null : Object.fromEntries(names) };
  }
  if (isDatabase(path) || stat.size > small) return line;
  return { ...line, content: readFileSync(path).toString('base64') };
}

/** What all open files share. */
interface Syncing {
  sync: (this: FileHandle) => Promise<void>;
  datasync: (this: FileHandle) => Promise<void>;
}

/** From now on, until the answer is called. */
export async function logSyncs(log: string): Promise<() => void> {
  const probe = await open('/dev/null');
  const handles = Object.getPrototypeOf(probe) as Syncing;
  await probe.close();
  const { sync, datasync } = handles;
  const noting = (real: Syncing['sync']): Syncing['sync'] =>
    async function (this: FileHandle): Promise<void> {
      // Before: what is written while the sync is under way may miss it.
      let line: SyncLine | null = null;
      try {
        line = lineOf(this.fd, readlink(this.fd));
      } catch {
        // A file that is being removed is of no interest any more.
      }
      await real.call(this);
      if (line) appendFileSync(log, `${JSON.stringify(line)}\n`);
    };
  handles.sync = noting(sync);
  handles.datasync = noting(datasync);
  return () => Object.assign(handles, { sync, datasync });
}

function readlink(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

const { SYNC_LOG: log } = process.env;
if (log !== undefined) await logSyncs(log);
