/** What a desk that wants the folder is told, and what it says. */
import { z } from 'zod';

export const orderSchema = z.discriminatedUnion('t', [
  /** Open it at this moment, in milliseconds since 1970: all at once. */
  z.strictObject({ t: z.literal('open'), folder: z.string(), at: z.number() }),
  z.strictObject({ t: z.literal('close') }),
]);
export type Order = z.infer<typeof orderSchema>;

export const wordSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ready') }),
  /** It has the folder, and has recorded this decision in its journal. */
  z.strictObject({ t: z.literal('open'), intent: z.string() }),
  z.strictObject({ t: z.literal('refused'), code: z.string() }),
  z.strictObject({ t: z.literal('closed') }),
]);
export type Word = z.infer<typeof wordSchema>;
