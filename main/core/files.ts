/** Files that must survive a power cut: private, written whole, and synced with their folder. */
import type { Dirent } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The system's error code (`ENOENT`, `ENOSPC`, …), or null where the error is of another kind. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Makes `folder` (and its parents) for this user alone. */
export async function privateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Makes a rename or a new file in `folder` durable. Windows cannot open folders and needs no such call. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** How many files are being synced at a time: the disk settles them together. */
const together = 16;

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes all that lies in `folder` durable: every file, and the names of all. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const pathOf = (entry: Dirent): string => join(entry.parentPath, entry.name);
  const files = entries.filter((entry) => entry.isFile()).map(pathOf);
  while (files.length > 0) await Promise.all(files.splice(-together).map(syncFile));
  for (const entry of entries) if (entry.isDirectory()) await syncFolder(pathOf(entry));
  await syncFolder(folder);
}

/** Whether the disk of `folder` has less than `bytes` left for this user. */
export async function hasLessThan(bytes: number, folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < bytes;
}

/** Puts `text` in place of `path` in one step: after a crash there is the old text or the new, never a mixture. */
export async function writeWhole(path: string, text: string | Uint8Array): Promise<void> {
  const part = `${path}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, path);
  await syncFolder(dirname(path));
}

/** The file's text, or null where there is none. */
export async function readWhole(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** What a JSON file holds, or null where there is none or it is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readWhole(path);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}
