/**
 * One agent at a time on a data folder. The operating system holds the lock and lets go of it the moment its holder ends,
 * however that ends: a listening socket in Linux's abstract namespace, a named pipe on Windows, `flock` through open(2)
 * on macOS. So there is nothing stale to judge and nothing to steal.
 */
import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';

/** Lets go. */
export type Release = () => Promise<void>;

/** O_EXLOCK of macOS's <fcntl.h>, for which Node has no name. */
const exclusiveLock = 0x20;

/** Holds an existing folder; its inode names it, so that two paths to it meet. @throws GatehouseError folder_in_use */
export async function holdFolder(folder: string): Promise<Release> {
  try {
    if (process.platform === 'darwin') return await holdFile(join(folder, 'lock'));
    const { dev, ino } = await stat(folder, { bigint: true });
    const name = `gatehouse-gateway-${hash('sha256', `${dev}/${ino}`, 'hex').slice(0, 32)}`;
    return await holdAddress(process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`);
  } catch (cause) {
    if (!isTaken(cause)) throw cause;
    throw new GatehouseError('folder_in_use', {
      message: `Another gateway is using the data folder ${folder}.`,
      cause,
    });
  }
}

async function holdFile(path: string): Promise<Release> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | exclusiveLock;
  const file = await open(path, flags, 0o600);
  return () => file.close();
}

function holdAddress(address: string): Promise<Release> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', reject);
    server.listen(address, () => {
      resolve(
        () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
          }),
      );
    });
  });
}

function isTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EADDRINUSE', 'EAGAIN', 'EWOULDBLOCK'].includes(String(error.code))
  );
}
