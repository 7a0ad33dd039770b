/**
 * One process at a time on a folder. The operating system holds the lock and lets go of it the moment its holder ends,
 * however it ends: so there is nothing stale to judge, and nothing is ever stolen.
 *
 *   Linux    a listening socket in the abstract namespace, named after the folder's device and inode
 *   macOS    `flock` through open(2)'s O_EXLOCK on a file in the folder
 *   Windows  a named pipe's first instance
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { systemCode } from './files.ts';

/** What is held: the desk's folder as a whole, or the copy in it (by the process that owns PGlite). */
export type LockName = 'desk' | 'replica';

export interface Lock {
  release(): Promise<void>;
}

/** From <fcntl.h> of macOS; Node has no name for it. */
const exclusiveLock = 0x20;

function taken(cause: unknown): GatehouseError {
  return new GatehouseError('folder_in_use', { cause });
}

function holdAddress(address: string): Promise<Lock> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error) => reject(systemCode(error) === 'EADDRINUSE' ? taken(error) : error));
    server.listen(address, () => {
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

async function holdFile(path: string): Promise<Lock> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | exclusiveLock;
  try {
    const handle = await open(path, flags, 0o600);
    return { release: () => handle.close() };
  } catch (error) {
    const code = systemCode(error);
    throw code === 'EAGAIN' || code === 'EWOULDBLOCK' ? taken(error) : error;
  }
}

/**
 * Holds `name` on an existing folder until `release` or the end of this process. Throws `folder_in_use` where another
 * process holds it. The inode names it, so two paths to one folder meet.
 */
export async function hold(folder: string, name: LockName): Promise<Lock> {
  if (process.platform === 'darwin') return holdFile(join(folder, `${name}.lock`));
  const { dev, ino } = await stat(folder, { bigint: true });
  const id = createHash('sha256').update(`${name}/${dev}/${ino}`).digest('hex').slice(0, 32);
  return holdAddress(process.platform === 'win32' ? `\\\\.\\pipe\\gatehouse-${id}` : `\0gatehouse-${id}`);
}

/** Like `hold`, but waits for a holder that is about to end, `patience` milliseconds at most. */
export async function holdSoon(folder: string, name: LockName, patience: number): Promise<Lock> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await hold(folder, name);
    } catch (error) {
      const inUse = error instanceof GatehouseError && error.code === 'folder_in_use';
      if (!inUse || Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
