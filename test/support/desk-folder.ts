/** Data folders of desks, each with the template of the copy already in: making one takes seconds, copying it does not. */
import { deskFolder, removeFolder } from '../../main/core/testing/desk.ts';

export interface DeskFolders {
  /** A new desk's data folder. */
  make(): Promise<string>;
  /** Removes all of them. */
  remove(): Promise<void>;
}

export async function deskFolders(): Promise<DeskFolders> {
  const made: string[] = [];
  return {
    make: async () => {
      const folder = await deskFolder();
      made.push(folder);
      return folder;
    },
    remove: async () => {
      for (const folder of made.splice(0)) await removeFolder(folder);
    },
  };
}
