/** Where everything lies that a start leaves behind: one folder, and under root the database's own beside it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const pointerSchema = z.object({ folder: z.string() });

/** For people: the data dir, and what the server's `postgres.json` in it names. */
export async function dataFolders(dataDir: string): Promise<string> {
  try {
    const { folder } = pointerSchema.parse(
      JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8')),
    );
    return `${dataDir}   (its database, since root started it: ${folder})`;
  } catch {
    return dataDir;
  }
}
