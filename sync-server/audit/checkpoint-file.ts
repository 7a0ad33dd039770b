/**
 * The file of checkpoints: only ever appended to, each line in one write (two where the disk takes a part only) and fsynced.
 * Several processes may share it: the system puts each write behind all others, and a line may build on any earlier one.
 */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint } from '../../domain/wire/audit.ts';
import { lineDigest, readCheckpoint } from './checkpoint-line.ts';

/** More than two lines. */
const tailBytes = 4 * 1024;

/** What the file ends with. */
interface Tail {
  readonly last: Checkpoint | null;
  /** Names the last line that is whole. */
  readonly digest: string | null;
  /** Whether a crash left a line half written. */
  readonly torn: boolean;
}

async function readTail(file: FileHandle): Promise<Tail> {
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const text = buffer.toString('utf8', 0, bytesRead);
  const line = text.split('\n').findLast((one) => readCheckpoint(one) !== null);
  return {
    last: line === undefined ? null : readCheckpoint(line),
    digest: line === undefined ? null : lineDigest(line),
    torn: size > 0 && !text.endsWith('\n'),
  };
}

/** The last checkpoint; null where there is none. */
export async function lastCheckpoint(path: string): Promise<Checkpoint | null> {
  const file = await openForAppending(path);
  try {
    return (await readTail(file)).last;
  } finally {
    await file.close();
  }
}

/** Appends the line that `make` gives for the one before it; settles once it is on the disk. */
export async function appendCheckpoint(path: string, make: (prev: string | null) => string): Promise<string> {
  const file = await openForAppending(path);
  try {
    const { digest, torn } = await readTail(file);
    const line = make(digest);
    await file.appendFile(`${torn ? '\n' : ''}${line}\n`);
    await file.datasync();
    return line;
  } finally {
    await file.close();
  }
}

async function openForAppending(path: string): Promise<FileHandle> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const file = await open(path, 'a+', 0o600);
  // A file that was just made has to be in its folder after a power cut, too.
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
  return file;
}
