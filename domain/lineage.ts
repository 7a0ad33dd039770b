/**
 * Which part of what a reader has seen is still true after a restore. A restore begins a new epoch behind the last entry
 * of its backup; what came after that entry in an earlier epoch is gone.
 */
import { z } from 'zod';
import type { Cursor } from './cursor.ts';

export const epochStartSchema = z.strictObject({
  epoch: z.int().min(1),
  /** The last seq before it that it builds on. */
  startedAfter: z.int().min(0),
});
export type EpochStart = z.infer<typeof epochStartSchema>;

/** The epochs that a history has come through, in any order. */
export type Lineage = readonly EpochStart[];

/** Whether the history holds what was logged (or told of) at `cursor`. An epoch that it never had holds nothing. */
export function holdsCursor(lineage: Lineage, { epoch, seq }: Cursor): boolean {
  if (!lineage.some((start) => start.epoch === epoch)) return false;
  const ends = lineage.filter((start) => start.epoch > epoch).map(({ startedAfter }) => startedAfter);
  return ends.every((end) => seq <= end);
}
