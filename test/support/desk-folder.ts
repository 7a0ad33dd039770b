/** Data folders of desks, with the template of their copy already in: making one takes seconds, copying it does not. */
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareTemplate } from '../../main/core/replica/template.ts';
import { removeFolder, scratchFolder } from '../../main/core/testing/desk.ts';

export interface DeskFolders {
  /** A new desk's data folder. */
  make(): Promise<string>;
  /** Removes all of them. */
  remove(): Promise<void>;
}

export async function deskFolders(): Promise<DeskFolders> {
  const first = await scratchFolder();
  const made = [first];
  await prepareTemplate(first);
  return {
    make: async () => {
      const folder = await scratchFolder();
      made.push(folder);
      for (const name of await readdir(first))
        await cp(join(first, name), join(folder, name), { recursive: true });
      return folder;
    },
    remove: async () => {
      for (const folder of made.splice(0)) await removeFolder(folder);
    },
  };
}
