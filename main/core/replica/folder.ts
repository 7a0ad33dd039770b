/**
 * When a copy may be trusted. A mark beside it says for which server and admin it is, which schema, which boot of the
 * machine wrote to it last, and whether it was closed and synced. A killed process leaves a sound copy; a lost kernel
 * may leave one that opens and silently lacks rows: then, and whenever in doubt, it is thrown away and fetched again.
 */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, syncFolder, syncTree, writeWhole } from '../files.ts';
import { copyTemplate } from './template.ts';
import { schemaHash } from './schema.ts';

const markSchema = z.strictObject({
  /** Whose copy: server and admin, as one text. */
  owner: z.string(),
  schema: z.string(),
  boot: z.string(),
  clean: z.boolean(),
});
export type Mark = z.infer<typeof markSchema>;

export const replicaFolder = (dataDir: string): string => join(dataDir, 'replica');
const markPath = (dataDir: string): string => join(dataDir, 'replica.mark.json');

/** Whether the copy under `mark` may be opened by `owner` on this boot. */
export function trusted(mark: Mark | null, owner: string, boot: string): boolean {
  if (!mark || mark.owner !== owner || mark.schema !== schemaHash) return false;
  return mark.clean || mark.boot === boot;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the folder ready to be opened and marks it in use. True where the copy that was there is kept. */
export async function claimReplica(dataDir: string, owner: string, boot: string): Promise<boolean> {
  const folder = replicaFolder(dataDir);
  const found = markSchema.safeParse(await readJson(markPath(dataDir)));
  const keep = trusted(found.success ? found.data : null, owner, boot) && (await exists(folder));
  if (!keep) {
    await removeReplica(dataDir);
    await copyTemplate(dataDir, folder);
  }
  await writeMark(dataDir, { owner, schema: schemaHash, boot, clean: false });
  return keep;
}

/** The owner of a copy that was made before anybody had signed in. */
export const nobody = '';

/** Whether there is no copy of anybody, so that an empty one may be made for whoever signs in first. */
export async function isVacant(dataDir: string): Promise<boolean> {
  const found = markSchema.safeParse(await readJson(markPath(dataDir)));
  return !(await exists(replicaFolder(dataDir))) || (found.success && found.data.owner === nobody);
}

/** Gives an empty copy, open and in use, to its first owner. */
export function assignReplica(dataDir: string, owner: string, boot: string): Promise<void> {
  return writeMark(dataDir, { owner, schema: schemaHash, boot, clean: false });
}

/** After the database was closed: syncs every file of it, then says so. */
export async function markClean(dataDir: string, owner: string, boot: string): Promise<void> {
  await syncTree(replicaFolder(dataDir));
  await writeMark(dataDir, { owner, schema: schemaHash, boot, clean: true });
}

/** Removes the copy and all it knows; its mark first, durably: it must never speak for what comes into its place. */
export async function removeReplica(dataDir: string): Promise<void> {
  await rm(markPath(dataDir), { force: true });
  await syncFolder(dataDir);
  await rm(replicaFolder(dataDir), { recursive: true, force: true });
}

function writeMark(dataDir: string, mark: Mark): Promise<void> {
  return writeWhole(markPath(dataDir), JSON.stringify(mark));
}
