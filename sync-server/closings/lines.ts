/**
 * The lines of a closings log: `crc32 in hex, a space, JSON`. A line is written before its commit is durable; one that
 * never became so is taken back by a line that names its hash.
 */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { timestampSchema } from '../../domain/columns.ts';
import { closedRowSchema } from './closed.ts';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

const closingSchema = z.strictObject({
  v: z.literal(1),
  /** Of the database: a log of another server says nothing about this one. */
  history: z.uuid(),
  epoch: z.int().min(1),
  /** The last seq of the commit, and the log's hash there: salted, so no other attempt at that seq has the same. */
  seq: z.int().min(1),
  hash: hashSchema,
  at: timestampSchema,
  closed: z.array(closedRowSchema).min(1),
});
export type Closing = z.infer<typeof closingSchema>;

const lineSchema = z.union([
  closingSchema,
  z.strictObject({ v: z.literal(1), undone: hashSchema }),
  /** Says that this log is kept for that history: without a closing behind it, nothing was closed. */
  closingSchema.pick({ v: true, history: true }),
]);
export type Line = z.infer<typeof lineSchema>;

function sum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

export function encodeLine(line: Line): string {
  const text = JSON.stringify(line);
  return `${sum(text)} ${text}\n`;
}

/** The line, or null where it is damaged. */
function decodeLine(line: string): Line | null {
  const text = line.slice(9);
  if (line.slice(0, 9) !== `${sum(text)} `) return null;
  const parsed = lineSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

export interface Reading {
  /** Those that the log is kept for. */
  readonly histories: ReadonlySet<string>;
  /** What was closed, in order, without what was taken back. */
  readonly closings: readonly Closing[];
  /** Numbers of the lines that cannot be read, counted from 1. A torn last one is none: it was never acknowledged. */
  readonly damaged: readonly number[];
}

export function readLines(text: string): Reading {
  const damaged: number[] = [];
  const undone = new Set<string>();
  const histories = new Set<string>();
  const closings: Closing[] = [];
  // What follows the last line break is an append that never finished.
  for (const [index, part] of text.split('\n').slice(0, -1).entries()) {
    const line = decodeLine(part);
    if (!line) damaged.push(index + 1);
    else if ('undone' in line) undone.add(line.undone);
    else histories.add(line.history);
    if (line && 'closed' in line) closings.push(line);
  }
  return { histories, closings: closings.filter(({ hash }) => !undone.has(hash)), damaged };
}
