/** What a journal holds: everything that this desk decided, and what became of it. */
import { z } from 'zod';
import { timestampSchema } from '../../../domain/columns.ts';
import { cursorSchema } from '../../../domain/cursor.ts';
import { intentSchema } from '../../../domain/intents.ts';
import { outcomeSchema } from '../../../domain/outcomes.ts';

/** The first entry of a file: whose decisions these are. Only that admin's session sends them, to that server. */
export const headEntrySchema = z.strictObject({
  t: z.literal('journal'),
  version: z.literal(1),
  server: z.string(),
  admin: z.uuid(),
});

export const intentEntrySchema = z.strictObject({
  t: z.literal('intent'),
  intent: intentSchema,
  /** When its hold ends. Time spent offline or switched off counts. */
  releaseAt: timestampSchema,
  /** What it was about, readable also when the row is gone from the copy. */
  title: z.string(),
  /** The epoch for which it is offered again: a restore took its answer back. */
  again: z.int().optional(),
});

export const cancelEntrySchema = z.strictObject({
  t: z.literal('cancel'),
  intents: z.array(z.uuid()),
  at: timestampSchema,
  /** `undo` by the admin, `withdrawn` by a later closing decision, `discarded` at sign-out. */
  why: z.enum(['undo', 'withdrawn', 'discarded']),
});

/** Written and synced before the intents leave: from here on they may be known to the server. */
export const sentEntrySchema = z.strictObject({
  t: z.literal('sent'),
  intents: z.array(z.uuid()),
  at: timestampSchema,
});

export const outcomeEntrySchema = z.strictObject({
  t: z.literal('outcome'),
  outcome: outcomeSchema,
  /** Where the server's log was when the answer came with it; left out where it was asked for. */
  at: cursorSchema.optional(),
});

/** The admin has dealt with an answer that was not as wished. */
export const resolvedEntrySchema = z.strictObject({
  t: z.literal('resolved'),
  intent: z.uuid(),
  choice: z.enum(['accept', 'ask-again']),
  at: timestampSchema,
});

export const entrySchema = z.discriminatedUnion('t', [
  headEntrySchema,
  intentEntrySchema,
  cancelEntrySchema,
  sentEntrySchema,
  outcomeEntrySchema,
  resolvedEntrySchema,
]);
export type Entry = z.infer<typeof entrySchema>;
export type IntentEntry = z.infer<typeof intentEntrySchema>;
