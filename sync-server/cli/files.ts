/** Files that a command was given: looked at before anything else is done, and told of by their names. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { systemCode } from '../db/embedded/errors.ts';

/** What the system's words for a file mean for whoever typed its name. */
const sentences: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no ${path}.`,
  ENOTDIR: (path) => `There is no ${path}: a part of it is no folder.`,
  EISDIR: (path) => `${path} is a folder.`,
  EACCES: (path) => `${path} may not be used by this account.`,
  EPERM: (path) => `${path} may not be used by this account.`,
  EROFS: (path) => `${path} is on a disk that is only for reading.`,
  ENOSPC: (path) => `There is no room left on the disk of ${path}.`,
  EDQUOT: (path) => `There is no room left on the disk of ${path}.`,
  ENAMETOOLONG: (path) => `${path} is too long a name.`,
};

/** Null for what is no failure of a file, or of none that has a name. */
export function fileFailure(error: unknown, named?: string): GatehouseError | null {
  const code = systemCode(error) ?? '';
  const sentence = sentences[code];
  const path = named ?? pathOf(error);
  if (path === null) return null;
  if (code === 'EEXIST') return new GatehouseError('file_exists', { message: `${path} is there already.` });
  return sentence ? new GatehouseError('file_unusable', { message: sentence(path), cause: error }) : null;
}

/** Of a call on a file: what a program or a socket lacks is told in other words. */
function pathOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') return null;
  const call = 'syscall' in error ? String(error.syscall) : '';
  return /^(spawn|connect|listen|bind)/.test(call) ? null : error.path;
}

async function orFailure<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw fileFailure(error, path) ?? error;
  });
}

/** Throws `file_unusable` for what is no file that can be read. */
export async function assertFile(path: string): Promise<void> {
  await assertThere(path);
  if ((await orFailure(path, stat(path))).isDirectory()) {
    throw new GatehouseError('file_unusable', { message: `${path} is a folder, and not a file.` });
  }
}

/** A file or a folder. Throws `file_unusable`. */
export async function assertThere(path: string): Promise<void> {
  await orFailure(path, access(path, constants.R_OK));
}

/** Throws `file_exists`, or `file_unusable` where no file could be made at `path`. */
export async function assertFree(path: string): Promise<void> {
  const found = await orFailure(
    path,
    stat(path).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }),
  );
  if (found) throw new GatehouseError('file_exists', { message: `${path} is there already.` });
  const folder = dirname(path);
  await orFailure(folder, access(folder, constants.W_OK));
}
