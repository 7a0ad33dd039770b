/** An outcome is what the authority did with an intent. Each intent has exactly one, and it is in the change log. */
import { z } from 'zod';
import { timestampSchema } from './columns.ts';
import { actionSchema, targetStateSchema } from './states.ts';

export const outcomeKinds = ['applied', 'noop', 'stale', 'superseded', 'refused'] as const;
export type OutcomeKind = (typeof outcomeKinds)[number];

/** Who decided, when, what and why. */
export const decisionSchema = z.strictObject({
  actor: z.string(),
  at: timestampSchema,
  action: actionSchema,
  reason: z.string().nullable(),
});
export type Decision = z.infer<typeof decisionSchema>;

export const outcomeSchema = z.strictObject({
  intent: z.uuid(),
  kind: z.enum(outcomeKinds),
  /** A code of `errors.ts` where the kind is not `applied`, else null. */
  code: z.string().nullable(),
  /** What was done: a reject that met an approval is applied as a revoke. */
  action: actionSchema,
  state: z.union([targetStateSchema, z.literal('deleted')]).nullable(),
  /**
   * Row id → revision that a later intent of the same device may take as seen when it names this one as `after`.
   * Empty where this outcome entitles to nothing.
   */
  revisions: z.record(z.uuid(), z.int().min(0)),
  /** For `superseded`: the decision that stands instead. */
  decision: decisionSchema.nullable(),
  committedAt: timestampSchema,
});
export type Outcome = z.infer<typeof outcomeSchema>;
