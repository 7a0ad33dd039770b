/** Files that are on the disk when the promise resolves, whole or not at all. */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file: written beside, synced, renamed, and the folder synced. Readers see the old or the new one.
 * @param durable false where an older one, or none, after a power cut does no harm: nothing is synced then
 */
export async function replaceFile(
  path: string,
  parts: Iterable<Buffer | string>,
  durable = true,
): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    for (const part of parts) await file.appendFile(part);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  if (durable) await syncFolder(dirname(path));
}

/** The file's bytes, or null where there is none. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
