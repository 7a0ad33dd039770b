/** Webhooks: what is told (rule 53: every transition), and the bodies of the Admin API that sets them up. */
import { z } from 'zod';
import { textSchema } from '../text.ts';
import { timestampSchema } from '../columns.ts';
import {
  applicationStates,
  credentialStates,
  developerStates,
  registrationStates,
  targetKinds,
  targetStateSchema,
  type TargetKind,
} from '../states.ts';

const states = {
  developer: developerStates,
  application: applicationStates,
  registration: registrationStates,
  credential: credentialStates,
} as const satisfies Record<TargetKind, readonly string[]>;

/** `developer.approved`: it came into that state. `developer.deleted`: it is gone. */
export const webhookTypes: readonly string[] = targetKinds.flatMap((kind) =>
  [...states[kind], 'deleted'].map((state) => `${kind}.${state}`),
);
const wildcards = ['*', ...targetKinds.map((kind) => `${kind}.*`)];
const known: ReadonlySet<string> = new Set([...webhookTypes, ...wildcards]);

/** A type, all of one kind (`developer.*`), or all (`*`). */
export const webhookEventSchema = z
  .string()
  .refine(
    (name) => known.has(name),
    'is no event: name one, such as developer.approved, all of a kind as registration.*, or * for all',
  );

/** Whether an endpoint that asked for `events` is told of `type`. */
export function isSubscribed(events: readonly string[], type: string): boolean {
  return events.some((event) => event === '*' || event === type || event === `${type.split('.')[0] ?? ''}.*`);
}

/** The body of a delivery. Ids only: what they stand for is asked for with the rights of whoever asks. */
export const webhookBodySchema = z.strictObject({
  type: z.string(),
  /** When it became true. */
  timestamp: timestampSchema,
  data: z.strictObject({
    kind: z.enum(targetKinds),
    id: z.uuid(),
    portal: z.uuid().nullable(),
    /** Null for what is new. */
    from: targetStateSchema.nullable(),
    /** Null for what is gone. */
    to: targetStateSchema.nullable(),
    revision: z.int(),
    /** `admin:<id>`, `developer:<id>`, `rule:<name>` or `system`. */
    actor: z.string(),
    /** Its place in the change log: later ones are higher. */
    seq: z.int(),
  }),
});
export type WebhookBody = z.infer<typeof webhookBodySchema>;

const url = textSchema.max(2_000);
const events = z.array(webhookEventSchema).min(1).max(50);
const description = textSchema.max(500);

export const newWebhookSchema = z.strictObject({
  url,
  events: events.default(['*']),
  description: description.default(''),
});
export type NewWebhook = z.infer<typeof newWebhookSchema>;

/** `paused: false` also lifts a pause that failures or a restore caused. */
export const webhookPatchSchema = z.strictObject({
  url: url.optional(),
  events: events.optional(),
  description: description.optional(),
  paused: z.boolean().optional(),
});
export type WebhookPatch = z.infer<typeof webhookPatchSchema>;

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly createdAt: string;
  /**
   * Null while it is delivered to; `failing` where nothing arrived for a day, `restored` where an older backup brought back
   * what had been changed since.
   */
  readonly pausedReason: 'owner' | 'failing' | 'restored' | null;
  readonly pausedAt: string | null;
  /** Tries that failed since the last that arrived. */
  readonly failures: number;
  /** What waits, and what was given up. */
  readonly pending: number;
  readonly dead: number;
}

/** The only answer that holds the secret, `whsec_` and base64. */
export interface WebhookSecret {
  readonly secret: string;
}

export const deliveryStates = ['pending', 'delivered', 'dead'] as const;
export const deliveriesQuerySchema = z.strictObject({
  state: z.enum(deliveryStates).optional(),
  /** Newest first: those before this one's `seq`. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type DeliveriesQuery = z.infer<typeof deliveriesQuerySchema>;

export interface WebhookDelivery {
  /** The `webhook-id` header: the same at every try. */
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly state: (typeof deliveryStates)[number];
  readonly attempts: number;
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly deliveredAt: string | null;
  readonly deadAt: string | null;
  readonly lastError: string | null;
}

export const webhooksPath = '/api/admin/v1/webhooks';
