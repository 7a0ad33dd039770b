/**
 * Change frames, to desks. A reader applies a frame only if `prev` is its own cursor, rows and cursor in one
 * transaction; any mismatch sends it to catch up. Numbers may skip what the reader may not see; an empty frame just
 * advances the cursor.
 */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';
import { entityKindSchema } from '../entities.ts';
import { outcomeSchema } from '../outcomes.ts';

/** A row as it is after the change; `row: null` is a tombstone (deleted, or out of the reader's scope). */
export const rowItemSchema = z.strictObject({
  k: z.literal('row'),
  seq: z.int().min(1),
  entity: entityKindSchema,
  id: z.uuid(),
  revision: z.int().min(0),
  /** Parsed by the schema of its entity before it is stored. */
  row: z.record(z.string(), z.json()).nullable(),
  actor: z.string(),
  at: timestampSchema,
});
export type RowItem = z.infer<typeof rowItemSchema>;

export const outcomeItemSchema = z.strictObject({
  k: z.literal('outcome'),
  seq: z.int().min(1),
  device: z.uuid(),
  batch: z.uuid(),
  outcome: outcomeSchema,
});
export type OutcomeItem = z.infer<typeof outcomeItemSchema>;

export const frameSchema = z.strictObject({
  epoch: z.int().min(1),
  prev: z.int().min(0),
  to: z.int().min(0),
  items: z.array(z.discriminatedUnion('k', [rowItemSchema, outcomeItemSchema])),
});
export type Frame = z.infer<typeof frameSchema>;

/** The most items that the server puts into one frame; a larger commit spans several. */
export const maxFrameItems = 500;

/** `GET changes?after=`: frames in order, and whether more wait behind them. */
export const changesPageSchema = z.strictObject({ frames: z.array(frameSchema), more: z.boolean() });
export type ChangesPage = z.infer<typeof changesPageSchema>;
