/** Opens a backup and holds every byte of it against its digests, before anybody relies on it. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable, type Readable as Stream } from 'node:stream';
import { GatehouseError } from '../../domain/errors.ts';
import { systemCode } from '../db/embedded/errors.ts';
import {
  decodeManifest,
  decodeTail,
  head,
  tailBytes,
  type BackupManifest,
  type BackupTable,
} from './manifest.ts';

export interface OpenBackup {
  readonly manifest: BackupManifest;
  /** The compressed bytes of a table. */
  read(table: BackupTable): Stream;
  close(): Promise<void>;
}

const pieceBytes = 256 * 1024;

function damaged(path: string, what: string): GatehouseError {
  const message = `${path} is no backup, or it is not whole (${what}); nothing was changed.`;
  return new GatehouseError('backup_damaged', { message });
}

/** Throws `backup_damaged`, or what the system says of the file. */
export async function openBackup(path: string): Promise<OpenBackup> {
  const file = await open(path, 'r');
  try {
    const manifest = await readManifest(path, file);
    for (const table of manifest.tables) {
      const digest = createHash('sha256');
      for await (const piece of pieces(file, table)) digest.update(piece);
      if (digest.digest('hex') !== table.sha256) throw damaged(path, `the table ${table.name}`);
    }
    return {
      manifest,
      read: (table) => Readable.from(pieces(file, table), { objectMode: false }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Whether it begins and ends as a backup and has the length that it says; what lies between is not read. */
export async function looksWhole(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    await readManifest(path, file);
    return true;
  } catch (error) {
    if (error instanceof GatehouseError || systemCode(error) === 'EISDIR') return false;
    throw error;
  } finally {
    await file.close();
  }
}

async function readManifest(path: string, file: FileHandle): Promise<BackupManifest> {
  const { size } = await file.stat();
  const start = await readExactly(file, 0, head.length);
  if (!start?.equals(head)) throw damaged(path, 'its beginning');
  const tail = decodeTail((await readExactly(file, size - tailBytes, tailBytes)) ?? Buffer.alloc(0));
  if (!tail) throw damaged(path, 'its end');
  const text = await readExactly(file, size - tailBytes - tail.length, tail.length);
  const manifest = text && decodeManifest(text, tail.digest);
  if (!manifest) throw damaged(path, 'its manifest');
  // The tables fill the file between its beginning and the manifest, with nothing left over.
  let at = head.length;
  for (const { name, offset, bytes } of manifest.tables) {
    if (offset !== at) throw damaged(path, `the table ${name}`);
    at += bytes;
  }
  if (at !== size - tailBytes - tail.length) throw damaged(path, 'its length');
  return manifest;
}

/** Null where the file has not that much there. */
async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer | null> {
  if (position < 0) return null;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return bytesRead === length ? buffer : null;
}

async function* pieces(file: FileHandle, { offset, bytes }: BackupTable): AsyncGenerator<Buffer> {
  for (let done = 0; done < bytes;) {
    const length = Math.min(pieceBytes, bytes - done);
    const piece = await readExactly(file, offset + done, length);
    // Cut short while it was read: the digest, or COPY, will not be content with what is missing.
    if (!piece) return;
    yield piece;
    done += length;
  }
}
