/**
 * Snapshots on disk, under `<data>/snapshots/<id>/`: chunks and a manifest. The id is the cursor and the log's hash there, so
 * that a snapshot is known to belong to this very history, also after a restart.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema, type Manifest } from '../../domain/wire/snapshot.ts';

const manifestFile = 'manifest.json';
const unfinished = '.part-';

export interface SnapshotStore {
  /** A fresh folder to build in. */
  begin(id: string): Promise<string>;
  /** Puts a finished one in its place; where another process was faster, its bytes stand. */
  finish(folder: string, manifest: Manifest): Promise<Manifest>;
  discard(folder: string): Promise<void>;
  /** All that are whole, oldest first. */
  list(): Promise<Manifest[]>;
  remove(id: string): Promise<void>;
  /** Removes all others, with what is left of them. */
  retain(ids: readonly string[]): Promise<void>;
  /** The file with a chunk's bytes. Throws `snapshot_gone` where it was let go meanwhile. */
  chunkFile(id: string, number: number): Promise<string>;
}

export function chunkName(number: number): string {
  return `${number}.copy.gz`;
}

/** They hold personal data: nobody but the server's account may look. */
const privately = { recursive: true, mode: 0o700 } as const;

export function createSnapshotStore(dataDir: string): SnapshotStore {
  const root = join(dataDir, 'snapshots');

  async function read(id: string): Promise<Manifest | null> {
    try {
      return manifestSchema.parse(JSON.parse(await readFile(join(root, id, manifestFile), 'utf8')));
    } catch {
      // Not whole, or of an older shape: it is made anew.
      return null;
    }
  }

  return {
    async begin(id) {
      const folder = join(root, `${unfinished}${process.pid}-${id}`);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, privately);
      return folder;
    },
    async finish(folder, manifest) {
      await writeFile(join(folder, manifestFile), JSON.stringify(manifest));
      try {
        await rename(folder, join(root, manifest.id));
        return manifest;
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        const theirs = await read(manifest.id);
        if (!theirs) throw error;
        return theirs;
      }
    },
    discard: (folder) => rm(folder, { recursive: true, force: true }),
    async list() {
      await mkdir(root, privately);
      const names = await readdir(root);
      const found = await Promise.all(names.filter((name) => !name.startsWith('.')).map(read));
      return found.filter((manifest) => manifest !== null).sort((a, b) => a.epoch - b.epoch || a.seq - b.seq);
    },
    remove: (id) => rm(join(root, id), { recursive: true, force: true }),
    async retain(ids) {
      await mkdir(root, privately);
      const old = (await readdir(root)).filter((name) => !name.startsWith('.') && !ids.includes(name));
      await Promise.all(old.map((name) => rm(join(root, name), { recursive: true, force: true })));
    },
    chunkFile: (id, number) => Promise.resolve(join(root, id, chunkName(number))),
  };
}
