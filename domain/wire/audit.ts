/** The audit: what may be read of the change log, and how an export is written. */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';
import { textSchema } from '../text.ts';

/** What happens without a row changing. Add a name here before using it: these are what the audit can be searched by. */
export const auditEvents = [
  'admin.deactivated',
  'admin.identity_bound',
  'admin.reactivated',
  'admin.signed_in',
  'admin.signed_out',
  'admin.sign_in_failed',
  'admin.password_changed',
  'admin.second_factor_changed',
  'admin.sessions_ended',
  'audit.exported',
  'backup.made',
  'backup.restored',
  'developer.erased',
  'developer.password_changed',
  'device.enrolled',
  'device.revoked',
  'portal.hosts_changed',
  'product.documents_changed',
  'product.labels_changed',
  'secret.ended',
  'secrets.key_changed',
  'settings.opened',
  'token.made',
  'token.revoked',
  'version.specification_changed',
  'webhook.added',
  'webhook.changed',
  'webhook.paused',
  'webhook.redelivered',
  'webhook.removed',
  'webhook.secret_rotated',
] as const;
export type AuditEvent = (typeof auditEvents)[number];

/** Where a change came from. Personal data: kept apart from what was changed, and erased with its person. */
export const auditContextSchema = z.strictObject({
  /** The caller's IP address, `cli` for a command, `system` for what the server does by itself. */
  address: z.string(),
  /** As in the server's own log and in the `instance` of a failure. */
  requestId: z.string().optional(),
  /** When an admin decided, by the clock of their device. */
  decidedAt: z.string().optional(),
});
export type AuditContext = z.infer<typeof auditContextSchema>;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const hex = z.string().regex(/^([0-9a-f]{2})*$/);

/** One entry of the log with all that its hash covers: a line of an NDJSON export, between its head and its end. */
export const auditEntrySchema = z.strictObject({
  /** Which header the hash covers. */
  version: z.union([z.literal(1), z.literal(2)]),
  seq: z.int().min(1),
  epoch: z.int().min(1),
  at: z.string(),
  actor: z.string(),
  device: z.string().nullable(),
  intent: z.string().nullable(),
  batch: z.string().nullable(),
  portalId: z.string().nullable(),
  kind: z.string(),
  action: z.string(),
  entity: z.string(),
  entityId: z.string(),
  revision: z.int(),
  /** Exact text, or null with its salt where it was erased; so is the context. */
  payload: z.string().nullable(),
  salt: hex.nullable(),
  payloadDigest: hex,
  context: z.string().nullable(),
  contextSalt: hex.nullable(),
  contextDigest: hex.nullable(),
  hash: digest,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** The first line of an NDJSON export. */
export const exportHeadSchema = z.strictObject({
  export: z.literal('gatehouse-audit'),
  version: z.literal(1),
  /** The first entry, and the hash of the one before it. */
  from: z.int().min(1),
  prev: digest,
  /** Whether entries were left out: then there is no chain to verify. */
  filtered: z.boolean(),
  at: z.string(),
});
export type ExportHead = z.infer<typeof exportHeadSchema>;

/** The last line: what is cut off has none. */
export const exportEndSchema = z.strictObject({ end: z.literal(true), entries: z.int().min(0) });
export type ExportEnd = z.infer<typeof exportEndSchema>;

/** What `developer.erased` tells: exactly which earlier entries have lost their payload or context to it. */
export const erasedDetailsSchema = z.strictObject({
  payloads: z.array(z.int()),
  contexts: z.array(z.int()),
});
export type ErasedDetails = z.infer<typeof erasedDetailsSchema>;

/** A checkpoint: one line, written outside the database and signed with a key that is not in it. */
export const checkpointSchema = z.strictObject({
  epoch: z.int().min(1),
  seq: z.int().min(0),
  hash: digest,
  at: z.string(),
  /** SHA-256 of the line before it in the same file: a line that was taken out is missed. */
  prev: digest.nullable(),
  /** The raw Ed25519 public key. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** Base64, over the canonical JSON of all the other members. */
  signature: z.string(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

export const auditKinds = ['row', 'outcome', 'event'] as const;

/** What to look for; all that is given has to be so. */
export const auditFilterSchema = z.strictObject({
  /** `admin:<id>`, `developer:<id>`, `rule:<name>`, `system`, or an admin's e-mail address. */
  actor: textSchema.min(1).max(254).optional(),
  kind: z.enum(auditKinds).optional(),
  /** `created`, `changed`, `deleted`, a decision, an outcome's kind or an event's name. */
  action: textSchema.min(1).max(100).optional(),
  entity: textSchema.min(1).max(100).optional(),
  entityId: z.uuid().optional(),
  portalId: z.uuid().optional(),
  device: z.uuid().optional(),
  intent: z.uuid().optional(),
  batch: z.uuid().optional(),
  /** By when it was committed, both included. */
  from: timestampSchema.optional(),
  to: timestampSchema.optional(),
  /** The beginnings of words of a thing's name, now or earlier. */
  search: textSchema.min(2).max(100).optional(),
});
export type AuditFilter = z.infer<typeof auditFilterSchema>;

/** `GET audit`: newest first. */
export const auditQuerySchema = auditFilterSchema.extend({
  /** The `next` of the page before. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** `GET audit/export`: oldest first. */
export const auditExportQuerySchema = auditFilterSchema.extend({ format: z.enum(['ndjson', 'csv']) });

export const auditChangeSchema = z.strictObject({
  field: z.string(),
  before: z.json(),
  after: z.json(),
});
export type AuditChange = z.infer<typeof auditChangeSchema>;

/** Who did what to what, when and from where. */
export const auditItemSchema = z.strictObject({
  seq: z.int(),
  epoch: z.int(),
  /** When it became true, by the server's clock; and when an admin decided it, by their device's. */
  committedAt: timestampSchema,
  decidedAt: z.string().nullable(),
  actor: z.string(),
  /** As the actor is called today; null for rules, the server, and who has gone. */
  actorName: z.string().nullable(),
  /** Null where it was erased, and for entries older than the audit. */
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  device: z.string().nullable(),
  deviceName: z.string().nullable(),
  intent: z.string().nullable(),
  batch: z.string().nullable(),
  portalId: z.string().nullable(),
  kind: z.enum(auditKinds),
  action: z.string(),
  entity: z.string(),
  entityId: z.string(),
  /** As the thing was called then. */
  name: z.string().nullable(),
  /** Whether a person's data was erased from this entry. */
  erased: z.boolean(),
  /** For rows: every field that changed. */
  changes: z.array(auditChangeSchema),
  /** For outcomes and events: what else is known. */
  details: z.record(z.string(), z.json()),
});
export type AuditItem = z.infer<typeof auditItemSchema>;

export const auditPageSchema = z.strictObject({
  items: z.array(auditItemSchema),
  /**
   * Where the next page begins; null at the end. A page may be shorter than asked for, even empty, where little fits of much
   * that had to be looked through: then this is how far it looked.
   */
  next: z.int().nullable(),
});
export type AuditPage = z.infer<typeof auditPageSchema>;

export const auditPaths = {
  list: '/api/admin/v1/audit',
  export: '/api/admin/v1/audit/export',
} as const;

/** `POST`: erases a developer's personal data for good, the account with it. */
export function erasurePath(developerId: string): string {
  return `/api/admin/v1/developers/${developerId}/erase`;
}

export const erasedSchema = z.strictObject({
  developer: z.uuid(),
  payloads: z.int(),
  contexts: z.int(),
  mails: z.int(),
});
export type ErasedAnswer = z.infer<typeof erasedSchema>;
