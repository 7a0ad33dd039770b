/** A small disk in memory that can be filled to the last byte and emptied again. Needs root. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  /** Leaves at most `left` bytes. */
  fill(left: number): Promise<void>;
  empty(): Promise<void>;
  remove(): Promise<void>;
}

export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-small-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tmpfs', folder]);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
  await chmod(folder, 0o711);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: async (left) => {
      const handle = await open(filler, 'a');
      try {
        for (const size of [1_048_576, 4_096]) {
          const block = Buffer.alloc(size, 1);
          // The disk says when it is full.
          while (
            await handle.write(block).then(
              ({ bytesWritten }) => bytesWritten === size,
              () => false,
            )
          );
        }
        const { size } = await handle.stat();
        await handle.truncate(Math.max(0, size - left));
      } finally {
        await handle.close();
      }
    },
    empty: () => rm(filler, { force: true }),
    remove: async () => {
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Null, or why no disk can be mounted here. */
export async function cannotMount(): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'it mounts a small tmpfs, as root on Linux';
  try {
    await (await mountSmallDisk(1)).remove();
    return null;
  } catch {
    return 'mounting a tmpfs is not allowed here';
  }
}
