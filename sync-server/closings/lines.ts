/**
 * The lines of a closings log: `crc32 in hex, a space, JSON`. A line is written before its commit is durable; one that
 * never became so is taken back by a line that names its hash. Each names the digest of the line before it, so that one
 * that is missing is missed; lines of the first release do not.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { timestampSchema } from '../../domain/columns.ts';
import { cursorSchema, type Cursor } from '../../domain/cursor.ts';
import { endedSchema } from '../changelog/ended.ts';
import { closedRowSchema } from './closed.ts';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** Of the line before; null in the first of a file. */
const prev = hashSchema.nullable().optional();

const closingSchema = z.strictObject({
  v: z.literal(1),
  prev,
  /** Of the database: a log of another server says nothing about this one. */
  history: z.uuid(),
  epoch: z.int().min(1),
  /** The last seq of the commit, and the log's hash there: salted, so no other attempt at that seq has the same. */
  seq: z.int().min(1),
  hash: hashSchema,
  at: timestampSchema,
  closed: z.array(closedRowSchema),
  ended: z.array(endedSchema).optional(),
});
export type Closing = z.infer<typeof closingSchema>;

const keptSchema = z.strictObject({
  v: z.literal(1),
  prev,
  history: z.uuid(),
  /** All that is closed after this is in the log, as far as it is written here; left out by the first release. */
  since: cursorSchema.optional(),
  /** Lines were missing when this was written. */
  lost: z.literal(true).optional(),
});

const lineSchema = z.union([
  closingSchema,
  z.strictObject({ v: z.literal(1), prev, undone: hashSchema }),
  /** Says that this log is kept for that history: without a closing behind it, nothing was closed. */
  keptSchema,
  /** Lines were rewritten (see compact.ts): stands for the line with this digest. */
  z.strictObject({ v: z.literal(1), prev, folded: hashSchema }),
]);
export type Line = z.infer<typeof lineSchema>;

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** What the next line names. */
export function digestOf(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}

/** The lines as text, each with its line break, behind the line with the digest `after`; and the digest of the last. */
export function encodeLines(
  lines: readonly Line[],
  after: string | null,
): { readonly text: string; readonly last: string | null } {
  let last = after;
  const texts = lines.map((line) => {
    const text = JSON.stringify({ ...line, prev: last });
    const whole = `${checksum(text)} ${text}`;
    last = digestOf(whole);
    return `${whole}\n`;
  });
  return { text: texts.join(''), last };
}

/** The line, or null where it is damaged. */
export function decodeLine(line: string): Line | null {
  const text = line.slice(9);
  if (line.slice(0, 9) !== `${checksum(text)} `) return null;
  const parsed = lineSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

/** What a file says of its own wholeness, for one history. */
export interface Kept {
  /** All closings after this are in the file; null where some of its lines are missing, nobody knows which. */
  readonly since: Cursor | null;
  /** Whether it has lost some before that. */
  readonly lost: boolean;
}

export interface Reading {
  /** Those that the log is kept for. */
  readonly kept: ReadonlyMap<string, Kept>;
  /** What was closed, in order, without what was taken back. */
  readonly closings: readonly Closing[];
  /** Numbers of the lines that cannot be read, counted from 1. A torn last one is none: it was never acknowledged. */
  readonly damaged: readonly number[];
}

/** The first release began its logs with the database. */
const beginning: Kept = { since: { epoch: 1, seq: 0 }, lost: false };

/** Reads a log line by line. */
export interface LineReader {
  /** Each without its line break; null where it is damaged. */
  add(part: string): Line | null;
  /** `written` is the digest of the line that was written last, or null where nobody knows (head.ts). */
  finish(written: string | null): Reading;
}

export function lineReader(): LineReader {
  const damaged: number[] = [];
  const undone = new Set<string>();
  const kept = new Map<string, Kept>();
  const closings: Closing[] = [];
  const digests = new Set<string>();
  let count = 0;
  let last: string | null = null;
  /** Of a history whose closings no line introduces: the first release wrote none. */
  let unsaid = beginning;
  /** Nobody knows whose the missing lines were, so none of the logs in the file is whole. */
  const noteGap = (): void => {
    unsaid = { since: null, lost: true };
    for (const history of kept.keys()) kept.set(history, unsaid);
  };
  return {
    add(part) {
      count += 1;
      const line = decodeLine(part);
      if (line?.prev !== undefined && line.prev !== last) noteGap();
      last = digestOf(part);
      digests.add(last);
      if (!line) damaged.push(count);
      else if ('undone' in line) undone.add(line.undone);
      else if ('folded' in line) digests.add((last = line.folded));
      else if ('closed' in line) {
        closings.push(line);
        if (!kept.has(line.history)) kept.set(line.history, unsaid);
      } else {
        const { since = beginning.since, lost = false } = line;
        if (lost || !kept.has(line.history)) kept.set(line.history, { since, lost });
      }
      return line;
    },
    finish(written) {
      if (written !== null && !digests.has(written)) noteGap();
      return { kept, closings: closings.filter(({ hash }) => !undone.has(hash)), damaged };
    },
  };
}

/** The lines of a text; what follows the last line break is an append that never finished. */
export function partsOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** `written` as in `LineReader`. */
export function readLines(text: string, written: string | null = null): Reading {
  const reader = lineReader();
  for (const part of partsOf(text)) reader.add(part);
  return reader.finish(written);
}
