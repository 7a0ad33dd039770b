/**
 * An intent is an admin's wish, made anywhere, online or not. It names what the admin saw (its basis), never who the
 * admin is: the actor comes from the authenticated session.
 */
import { z } from 'zod';
import { timestampSchema } from './columns.ts';
import { actionSchema, targetKindSchema } from './states.ts';

/** Ids are compared as text, and kept by databases that write them in small letters. */
const idSchema = z.uuid().toLowerCase();

/** Decision revisions that the admin saw. Only those that the target's kind needs are read. */
export const basisSchema = z.strictObject({
  developer: z.int().min(0).optional(),
  application: z.int().min(0).optional(),
  registration: z.int().min(0).optional(),
  publication: z.int().min(0).optional(),
  credential: z.int().min(0).optional(),
});
export type Basis = z.infer<typeof basisSchema>;

export const targetSchema = z.strictObject({ kind: targetKindSchema, id: idSchema });
export type Target = z.infer<typeof targetSchema>;

/** The longest reason that a decision may carry, in characters. */
export const maxReason = 2_000;

export const intentSchema = z.strictObject({
  id: idSchema,
  device: idSchema,
  batch: idSchema,
  action: actionSchema,
  target: targetSchema,
  /** Any text at all: one that cannot be kept is refused by the rule alone, and stops no other intent on its way. */
  reason: z.string().max(maxReason).nullable(),
  /** The device's clock when the admin decided; kept beside the server's, decides nothing. */
  decidedAt: timestampSchema,
  basis: basisSchema,
  /** An earlier intent of the same device whose result this one builds on. */
  after: idSchema.optional(),
});
export type Intent = z.infer<typeof intentSchema>;

/** Which rows' revisions an intent on a target of this kind is judged by, the target itself first. */
export const basisOf = {
  developer: ['developer'],
  application: ['application', 'developer'],
  registration: ['registration', 'application', 'developer', 'publication'],
  credential: ['credential'],
} as const satisfies Record<Target['kind'], readonly (keyof Basis)[]>;
