import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** All mails in a folder, whole. */
export async function mailsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}
