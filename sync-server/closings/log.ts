/**
 * `closings.log`: what closed access, outside of the database, so that an older backup brings none of it back.
 *
 * A commit that closes something writes its line, synced, before it becomes durable and thus before anybody can hear of
 * it. The head's lock is held meanwhile, so servers on one database never write at the same time, to one file or to
 * several. A line whose commit failed is taken back when the next one is written; until then it counts: what may have
 * been closed stays closed.
 */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import type { BeforeDurable, Change } from '../changelog/commit.ts';
import { closedRows } from './closed.ts';
import { encodeLine, readLines, type Closing, type Line } from './lines.ts';

/** Puts what was written on the disk; tests bring a disk that loses what it was not told to keep. */
export type Sync = (file: FileHandle) => Promise<void>;

/** What a commit does with the rows that it changed. Throws `closings_unwritable`, and so nothing is committed. */
export function writeClosings(path: string, sync: Sync = (file) => file.datasync()): BeforeDurable {
  return async ({ db, now }, rows) => {
    const closed = closedRows(rows);
    if (closed.length === 0) return;
    const { epoch, seq, hash, id } = await db
      .selectFrom(['logHead', 'history'])
      .select(['epoch', 'seq', 'hash', 'id'])
      .executeTakeFirstOrThrow();
    const closing: Closing = { v: 1, history: id, epoch, seq, hash: hash.toString('hex'), at: now, closed };
    try {
      await append(path, closing, { sync, durable: (before) => isDurable(db, before) });
    } catch (error) {
      throw new GatehouseError('closings_unwritable', { cause: error });
    }
  };
}

/** Whether the commit of an earlier line came through. What was of another epoch is settled by the restore in between. */
async function isDurable(db: Change['db'], { epoch, seq, hash }: Closing): Promise<boolean> {
  const head = await db.selectFrom('logHead').select(['epoch', 'seq']).executeTakeFirstOrThrow();
  if (head.epoch !== epoch) return true;
  if (seq > head.seq) return false;
  const entry = await db.selectFrom('changeLog').select('hash').where('seq', '=', seq).executeTakeFirst();
  return entry === undefined || entry.hash.toString('hex') === hash;
}

async function append(
  path: string,
  closing: Closing,
  { sync, durable }: { readonly sync: Sync; readonly durable: (before: Closing) => Promise<boolean> },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const { end, last } = await lastLine(file, size);
    // A server that was killed had begun it, and told nobody.
    if (end < size) await file.truncate(end);
    const before = readLines(last).closings[0];
    const undone: Line[] = before && !(await durable(before)) ? [{ v: 1, undone: before.hash }] : [];
    try {
      await file.appendFile([...undone, closing].map(encodeLine).join(''));
      await sync(file);
    } catch (error) {
      await file.truncate(end).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

const step = 64 * 1024;

/** The last whole line with its line break, and where it ends. */
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
      return { end: start + end + 1, last: tail.toString('utf8', before + 1, end + 1) };
    }
  }
  return { end: 0, last: '' };
}

/** So that a new file is found after a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
