/** The file of a closings log: only ever appended to, line by line, each on the disk before the append settles. */
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readHead, writeHead } from './head.ts';
import { decodeLine, digestOf, encodeLines, readLines, type Line } from './lines.ts';

/** Puts what was written on the disk; tests bring a disk that loses what it was not told to keep. */
export type Sync = (file: FileHandle) => Promise<void>;

export interface OpenLog {
  /** The last line; null where there is none yet. */
  readonly last: Line | null;
  /** Whether lines that were on the disk once are not there any more. */
  readonly lost: boolean;
  readonly append: (lines: readonly Line[]) => Promise<void>;
}

export interface LogOptions {
  readonly sync?: Sync;
  /** Whether this process knows already that the file's name is on the disk. */
  readonly settled?: boolean;
}

/** Opens the log for one piece of work; the caller holds the lock of the change log's head, so nobody else writes. */
export async function withLog<T>(
  path: string,
  { sync = (file) => file.datasync(), settled = false }: LogOptions,
  work: (log: OpenLog) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const tail = await lastLine(file, size);
    // A killed server had begun a line, and told nobody of its commit.
    if (tail.end < size) await file.truncate(tail.end);
    let { end } = tail;
    let before = tail.last === '' ? null : digestOf(tail.last);
    return await work({
      last: tail.last === '' ? null : decodeLine(tail.last),
      lost: await isCut(path, tail.last),
      append: async (lines) => {
        const { text, last } = encodeLines(lines, before);
        try {
          await file.appendFile(text);
          await sync(file);
        } catch (error) {
          await file.truncate(end).catch(() => undefined);
          throw error;
        }
        before = last;
        if (last !== null) await writeHead(path, last);
        if (!settled || end === 0) await syncFolder(dirname(path));
        end += Buffer.byteLength(text);
      },
    });
  } finally {
    await file.close();
  }
}

/** Nearly always the last line is the one that the head names; else the whole file tells. */
async function isCut(path: string, last: string): Promise<boolean> {
  const written = await readHead(path);
  if (written === null || (last !== '' && digestOf(last) === written)) return false;
  const { kept } = readLines(await readFile(path, 'utf8'), written);
  return kept.size === 0 || [...kept.values()].some(({ since }) => since === null);
}

const step = 64 * 1024;

/** The last whole line without its line break, and where it ends. */
async function lastLine(file: FileHandle, size: number): Promise<{ end: number; last: string }> {
  let tail = Buffer.alloc(0);
  for (let start = size; start > 0;) {
    const length = Math.min(step, start);
    start -= length;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
    tail = Buffer.concat([buffer, tail]);
    const end = tail.lastIndexOf(0x0a);
    const before = end > 0 ? tail.lastIndexOf(0x0a, end - 1) : -1;
    if (before >= 0 || (start === 0 && end >= 0)) {
      return { end: start + end + 1, last: tail.toString('utf8', before + 1, end) };
    }
  }
  return { end: 0, last: '' };
}

/** So that a new name is found after a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
