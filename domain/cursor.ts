/**
 * Where a reader stands in the change log. The epoch is raised only by a restore; readers accept a higher one and
 * never a lower. Written `epoch:seq`.
 */
import { z } from 'zod';

export const cursorSchema = z.strictObject({ epoch: z.int().min(1), seq: z.int().min(0) });
export type Cursor = z.infer<typeof cursorSchema>;

const pattern = /^([1-9]\d{0,8}):(0|[1-9]\d{0,15})$/;

/** A cursor as text in URLs, headers and files. */
export const cursorTextSchema = z.string().regex(pattern, 'a cursor is written epoch:seq');

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}:${cursor.seq}`;
}

/** The cursor that `text` names, or null where it names none. */
export function parseCursor(text: string): Cursor | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const seq = Number(match[2]);
  return Number.isSafeInteger(seq) ? { epoch: Number(match[1]), seq } : null;
}

export function sameCursor(a: Cursor, b: Cursor): boolean {
  return a.epoch === b.epoch && a.seq === b.seq;
}
