/** What one start leaves for the next: the gateway's token and what was done already. Readable by its owner only. */
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const memorySchema = z.object({
  gatewayToken: z.string(),
  /** Where the demo's services point. */
  upstreamPort: z.number(),
  /** When Electron could not be fetched, in milliseconds; null where it could, or was not tried. */
  electronFailedAt: z.number().nullable(),
});
export type Memory = z.infer<typeof memorySchema>;

const fileOf = (dataDir: string): string => join(dataDir, 'start.json');

/** Null at the first start, and where the file cannot be read: then all of it is done again, which does no harm. */
export async function recall(dataDir: string): Promise<Memory | null> {
  try {
    return memorySchema.parse(JSON.parse(await readFile(fileOf(dataDir), 'utf8')));
  } catch {
    return null;
  }
}

export async function remember(dataDir: string, memory: Memory): Promise<void> {
  const file = fileOf(dataDir);
  const scratch = `${file}.new`;
  await writeFile(scratch, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 });
  // A file that was there keeps its mode.
  await chmod(scratch, 0o600);
  await rename(scratch, file);
}
