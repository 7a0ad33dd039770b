/**
 * Who was erased, outside of the database: ids only, one a line, fsynced before the erasure. A backup that was made before
 * brings a person back; whoever restores it erases them again by this list.
 */
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const erasuresFile = 'erasures.log';

const idSchema = z.uuid();
const idLength = 36;

export async function noteErasure(dataDir: string, developerId: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const file = await open(join(dataDir, erasuresFile), 'a+', 0o600);
  try {
    // What a crash or a full disk left of a line is ended first: else this id would be a part of it, and nobody's.
    const ended = await endsWithLine(file);
    await file.appendFile(`${ended ? '' : '\n'}${developerId}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  // The file may have just been made: its name has to be there after a power cut, too.
  const folder = await open(dataDir, 'r');
  await folder.sync().finally(() => folder.close());
}

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

/**
 * Every id once. A line that a crash cut off is of an erasure that had not begun; where an earlier release wrote on behind
 * it, the id is what the line ends with.
 */
export async function notedErasures(dataDir: string): Promise<string[]> {
  const text = await readFile(join(dataDir, erasuresFile), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return [
    ...new Set(text.split('\n').flatMap((line) => idSchema.safeParse(line.slice(-idLength)).data ?? [])),
  ];
}
