/**
 * Who was erased, outside of the database: ids only, one a line, fsynced before the erasure. A backup that was made before
 * brings a person back; whoever restores it erases them again by this list.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const erasuresFile = 'erasures.log';

const idSchema = z.uuid();

export async function noteErasure(dataDir: string, developerId: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await appendFile(join(dataDir, erasuresFile), `${developerId}\n`, { mode: 0o600, flush: true });
}

/** Every id once. A line that a crash cut off is of an erasure that had not begun. */
export async function notedErasures(dataDir: string): Promise<string[]> {
  const text = await readFile(join(dataDir, erasuresFile), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return [...new Set(text.split('\n').flatMap((line) => idSchema.safeParse(line).data ?? []))];
}
