/** All closings of a server, or of several: each may have a file of its own in one folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { systemCode } from '../db/embedded/errors.ts';
import { readHead } from './head.ts';
import { readLines, type Closing, type Kept, type Reading } from './lines.ts';

export interface KnownClosings {
  /** In order. */
  readonly closings: readonly Closing[];
  /** Each file that is kept for the history, and how much of it is there. */
  readonly files: readonly (Kept & { readonly path: string })[];
}

/**
 * The closings of one history from the file, or from all `closings*.log` of a folder; null where none of them is kept for
 * that history. Throws `closings_damaged`.
 */
export async function readClosings(path: string, history: string): Promise<KnownClosings | null> {
  const closings: Closing[] = [];
  const files: (Kept & { readonly path: string })[] = [];
  for (const file of await filesAt(path)) {
    const reading = await readFileOf(file);
    const kept = reading.kept.get(history);
    if (kept) files.push({ path: file, ...kept });
    closings.push(...reading.closings.filter((closing) => closing.history === history));
  }
  if (files.length === 0) return null;
  return { closings: closings.sort((a, b) => a.epoch - b.epoch || a.seq - b.seq), files };
}

/** One file. Throws `closings_damaged`, or what the system says of it. */
async function readFileOf(path: string): Promise<Reading> {
  // The head first: a line that is written meanwhile is only one more.
  const written = await readHead(path);
  const reading = readLines(await readFile(path, 'utf8'), written);
  if (reading.damaged.length > 0) {
    const message = `${path} cannot be read in line ${reading.damaged.join(', ')}.`;
    throw new GatehouseError('closings_damaged', { message });
  }
  return reading;
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
