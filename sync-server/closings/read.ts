/** All closings of a server, or of several: each may have a file of its own in one folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { systemCode } from '../db/embedded/errors.ts';
import { readLines, type Closing } from './lines.ts';

/**
 * The closings of one history, in order, from the file or from all `closings*.log` of a folder; null where none of them is kept for
 * that history. Throws `closings_damaged`.
 */
export async function readClosings(path: string, history: string): Promise<readonly Closing[] | null> {
  const files = await filesAt(path);
  const all: Closing[] = [];
  let known = false;
  for (const file of files) {
    const { histories, closings, damaged } = readLines(await readFile(file, 'utf8'));
    if (damaged.length > 0) {
      const message = `${file} cannot be read in line ${damaged.join(', ')}.`;
      throw new GatehouseError('closings_damaged', { message });
    }
    known ||= histories.has(history);
    all.push(...closings.filter((closing) => closing.history === history));
  }
  if (!known) return null;
  return all.sort((a, b) => a.epoch - b.epoch || a.seq - b.seq);
}

async function filesAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => /^closings.*\.log$/.test(name)).sort();
    return names.map((name) => join(path, name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
