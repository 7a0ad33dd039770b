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
import { setImmediate as turn } from 'node:timers/promises';
import { endedKey } from '../changelog/ended.ts';
import type { Db } from '../db/schema.ts';
import { syncFolder } from './file.ts';
import { readHead } from './head.ts';
import { encodeLines, lineReader, partsOf, type Closing, type Line } from './lines.ts';

/** In bytes. */
export interface Compacted {
  readonly before: number;
  readonly after: number;
}

/** Less than this part of the file is not worth a rewrite. */
const worthwhile = 0.25;
/** Lines that are worked on in one go, so that nobody waits for more. */
const perTurn = 200;

/**
 * Null where there was not enough to gain. The work is done beside the commits; only what they have appended meanwhile is
 * added under the lock of the change log's head, which all writers hold. A crash leaves the old log or the new one, whole.
 */
export async function compactClosings(db: Db, path: string): Promise<Compacted | null> {
  // The head first: a line that is written meanwhile is only one more.
  const written = await readHead(path);
  const read = await readFile(path, 'utf8');
  const text = read.slice(0, read.lastIndexOf('\n') + 1);
  const folded = await fold(text, written);
  const worked = Buffer.byteLength(text);
  if (folded === null || Buffer.byteLength(folded) > worked * (1 - worthwhile)) return null;
  return db.transaction().execute(async (trx) => {
    await trx.selectFrom('logHead').select('seq').forUpdate().executeTakeFirstOrThrow();
    const now = await readFile(path, 'utf8');
    // A line that could not be synced was taken away again, or another server of this file was faster.
    if (!now.startsWith(text)) return null;
    const whole = folded + now.slice(text.length);
    await replace(path, whole);
    return { before: Buffer.byteLength(now), after: Buffer.byteLength(whole) };
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

/** The same closings in fewer lines; null where the log is not whole. `text` is whole lines, `written` as in `LineReader`. */
export async function fold(text: string, written: string | null): Promise<string | null> {
  const parts = partsOf(text);
  const reader = lineReader();
  let last: Line | null = null;
  for (const [index, part] of parts.entries()) {
    last = reader.add(part);
    if (index % perTurn === 0) await turn();
  }
  const { kept, damaged, closings } = reader.finish(written);
  if (damaged.length > 0 || last === null || parts.length === 1) return null;
  const lines: Line[] = [];
  for (const [history, { since, lost }] of kept) {
    if (since === null) return null;
    lines.push({ v: 1, history, since, ...(lost ? { lost } : {}) });
  }
  lines.push(...lastWords(closings.filter((closing) => closing !== last)));
  if (typeof last.prev === 'string') lines.push({ v: 1, folded: last.prev });
  const texts: string[] = [];
  let digest: string | null = null;
  for (let from = 0; from < lines.length; from += perTurn) {
    const encoded = encodeLines(lines.slice(from, from + perTurn), digest);
    texts.push(encoded.text);
    digest = encoded.last;
    await turn();
  }
  return `${texts.join('')}${parts.at(-1) ?? ''}\n`;
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
