/** What a desk that may be killed is told, and what it says. */
import { z } from 'zod';

export const orderSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('decide'), ids: z.array(z.uuid()) }),
  /** Say when everything is answered. */
  z.strictObject({ t: z.literal('settle') }),
  z.strictObject({ t: z.literal('close') }),
]);
export type Order = z.infer<typeof orderSchema>;

export const wordSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ready') }),
  /** From now on the decisions may not be lost. */
  z.strictObject({ t: z.literal('decided'), recorded: z.int() }),
  z.strictObject({ t: z.literal('settled') }),
]);
export type Word = z.infer<typeof wordSchema>;

/** The file that stands for the system's keychain: beside the desk's folder, never in it. */
export const keychainOf = (dataDir: string): string => `${dataDir}.keychain.json`;
