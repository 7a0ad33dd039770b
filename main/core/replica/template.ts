/**
 * A fresh copy is made beside and renamed into place: a database that is killed during its very first start may never
 * open again, and the first start takes seconds. So an empty one is built once for each schema, and copied.
 */
import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder, syncFolder, syncTree } from '../files.ts';
import { openDatabase } from './database.ts';
import { schemaHash, schemaSql } from './schema.ts';

const templateName = `template-${schemaHash}`;

/** Leftovers of a killed start, and templates of other schemas. The caller holds the folder's lock. */
async function sweep(dataDir: string): Promise<void> {
  const stale = (await readdir(dataDir)).filter(
    (name) => name.endsWith('.making') || (name.startsWith('template-') && name !== templateName),
  );
  for (const name of stale) await rm(join(dataDir, name), { recursive: true, force: true });
}

async function buildTemplate(dataDir: string): Promise<void> {
  const making = join(dataDir, `${templateName}.making`);
  const database = await openDatabase(making);
  await database.exec(schemaSql);
  await database.exec('checkpoint');
  await database.close();
  // Every copy begins with it: one that lost pages in a power cut would spoil them all.
  await syncTree(making);
  await rename(making, join(dataDir, templateName));
  await syncFolder(dataDir);
}

/** Removes the template: the next start makes another. */
export async function removeTemplate(dataDir: string): Promise<void> {
  await rm(join(dataDir, templateName), { recursive: true, force: true });
}

/** Makes the template where it is missing (some seconds, once), and removes what killed starts left behind. */
export async function prepareTemplate(dataDir: string): Promise<void> {
  await privateFolder(dataDir);
  await sweep(dataDir);
  if (!(await readdir(dataDir)).includes(templateName)) await buildTemplate(dataDir);
}

/** Puts an empty copy at `folder`, which must not exist. */
export async function copyTemplate(dataDir: string, folder: string): Promise<void> {
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  await cp(join(dataDir, templateName), making, { recursive: true });
  await rename(making, folder);
}
