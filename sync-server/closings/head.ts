/**
 * `closings.head`, beside `closings.log`: the digest of the line that was written last. A log that was cut at the end of a
 * line looks whole by itself; with this it does not. Written in place and always as long, after its line is on the disk:
 * so a crash leaves a log that is longer than this says, which is no loss.
 */
import { constants, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeAll } from '../../domain/write-all.ts';
import { systemCode } from '../db/embedded/errors.ts';

export function headPath(path: string): string {
  return `${path.replace(/\.log$/, '')}.head`;
}

function encode(digest: string): string {
  return `${crc32(digest).toString(16).padStart(8, '0')} ${digest}\n`;
}

/** Null where there is none, or none that can be read: then nobody knows. */
export async function readHead(path: string): Promise<string | null> {
  try {
    const text = await readFile(headPath(path), 'utf8');
    const digest = text.slice(9, -1);
    return text === encode(digest) ? digest : null;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Settles once it is on the disk; where the file is new, its folder has to be synced by the caller. */
export async function writeHead(path: string, digest: string): Promise<void> {
  const file = await open(headPath(path), constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    await writeAll(file, Buffer.from(encode(digest)), 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}
