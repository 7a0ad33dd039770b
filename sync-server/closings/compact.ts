/**
 * Takes out of the log what later lines of it say better, so that it grows with what was ever closed and not with how often:
 * of each row or secret only the last word of each epoch is kept, with the commit that said it. A restore looks at nothing
 * else (see backup/unaccounted.ts), whichever backup it is of, so nothing is ever too old to be kept, and nothing is lost.
 *
 * The last line stays as it is, so that it still follows and is followed by what it names; it also takes no part, since its
 * commit may have failed. A log with lines missing is left alone: its gap has to stay visible.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { endedKey } from '../changelog/ended.ts';
import type { Db } from '../db/schema.ts';
import { syncFolder } from './file.ts';
import { readHead } from './head.ts';
import { decodeLine, encodeLines, readLines, type Closing, type Line } from './lines.ts';

/** In bytes. */
export interface Compacted {
  readonly before: number;
  readonly after: number;
}

/** Less than this part of the file is not worth a rewrite. */
const worthwhile = 0.25;

/** Null where there was not enough to gain. A crash leaves the old log or the new one, whole. */
export async function compactClosings(db: Db, path: string): Promise<Compacted | null> {
  return db.transaction().execute(async (trx) => {
    // Nobody writes meanwhile, on whatever server.
    await trx.selectFrom('logHead').select('seq').forUpdate().executeTakeFirstOrThrow();
    const text = await readFile(path, 'utf8');
    const folded = fold(text, await readHead(path));
    const before = Buffer.byteLength(text);
    const after = folded === null ? before : Buffer.byteLength(folded);
    if (folded === null || after > before * (1 - worthwhile)) return null;
    await replace(path, folded);
    return { before, after };
  });
}

async function replace(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** The same closings in fewer lines; null where the log is not whole. */
export function fold(text: string, head: string | null): string | null {
  const { kept, damaged } = readLines(text, head);
  const end = text.lastIndexOf('\n', text.length - 2) + 1;
  const last = decodeLine(text.slice(end, -1));
  if (damaged.length > 0 || !text.endsWith('\n') || end === 0 || !last) return null;
  const headers: Line[] = [];
  for (const [history, { since, lost }] of kept) {
    if (since === null) return null;
    headers.push({ v: 1, history, since, ...(lost ? { lost } : {}) });
  }
  const undone = 'undone' in last ? last.undone : null;
  const { closings } = readLines(text.slice(0, end));
  const standing = lastWords(closings.filter(({ hash }) => hash !== undone));
  const follows: Line[] = typeof last.prev === 'string' ? [{ v: 1, folded: last.prev }] : [];
  return `${encodeLines([...headers, ...standing, ...follows], null)}${text.slice(end)}`;
}

/** A deletion is a word of its own: whatever is said of the row beside it, that stands. */
function lastWords(closings: readonly Closing[]): Closing[] {
  const said = new Set<string>();
  const isLast = ({ history, epoch }: Closing, what: string): boolean =>
    said.size < said.add(`${history} ${epoch} ${what}`).size;
  const kept: Closing[] = [];
  for (const closing of closings.toReversed()) {
    const closed = closing.closed.filter(({ kind, id, gone }) => isLast(closing, `${kind} ${id} ${gone}`));
    const ended = (closing.ended ?? []).filter((one) => isLast(closing, endedKey(one)));
    if (closed.length + ended.length === 0) continue;
    const { ended: _ended, ...rest } = closing;
    kept.push({ ...rest, closed, ...(ended.length > 0 ? { ended } : {}) });
  }
  return kept.reverse();
}
