/** Bodies of the Admin API (`/api/admin/v1`). */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';
import { roles } from '../entities.ts';
import { intentSchema } from '../intents.ts';
import { textSchema } from '../text.ts';
import { epochStartSchema } from '../lineage.ts';
import { outcomeSchema } from '../outcomes.ts';
import { maxOutstanding } from './sync.ts';

export const clientId = 'gatehouse-desk';

/** `POST token` with a code (RFC 6749 §4.1.3, RFC 7636) or a refresh token (§6). */
export const tokenRequestSchema = z.discriminatedUnion('grant_type', [
  z.strictObject({
    grant_type: z.literal('authorization_code'),
    client_id: z.literal(clientId),
    code: textSchema.max(200),
    code_verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/),
    redirect_uri: textSchema.max(200),
  }),
  z.strictObject({
    grant_type: z.literal('refresh_token'),
    client_id: z.literal(clientId),
    refresh_token: textSchema.max(200),
  }),
]);
export type TokenRequest = z.infer<typeof tokenRequestSchema>;

export const adminSchema = z.strictObject({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: z.enum(roles),
  /** What a product owner is limited to. Left out by older desks' own files. */
  productIds: z.array(z.uuid()).default([]),
});
export type AdminIdentity = z.infer<typeof adminSchema>;

export const tokenResponseSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  /** Seconds. */
  expires_in: z.int(),
  refresh_token: z.string(),
  admin: adminSchema,
});
export type TokenResponse = z.infer<typeof tokenResponseSchema>;

/** `POST devices`: enrol a new device, or bind the session to one that this admin enrolled before. */
export const enrolRequestSchema = z.strictObject({
  name: textSchema.min(1).max(100),
  device: z.uuid().optional(),
});
export const enrolResponseSchema = z.strictObject({
  device: z.uuid(),
  name: z.string(),
  scope: z.string(),
  enrolledAt: timestampSchema,
});
export type Enrolment = z.infer<typeof enrolResponseSchema>;

/** `GET me`: who this session is, and on which device once one is bound. */
export const meResponseSchema = z.strictObject({
  admin: adminSchema,
  device: z.uuid().nullable(),
  scope: z.string(),
});
export type Me = z.infer<typeof meResponseSchema>;

/** `GET devices`: what has not been revoked; an owner sees everybody's. */
export const deviceEntrySchema = z.strictObject({
  id: z.uuid(),
  adminId: z.uuid(),
  name: z.string(),
  /** `automation` for a token that no person holds. */
  kind: z.enum(['desk', 'automation']),
  enrolledAt: timestampSchema,
  seenAt: timestampSchema,
  /** Where it was seen last, if it was. */
  address: z.string().nullable(),
});
export type DeviceEntry = z.infer<typeof deviceEntrySchema>;
export const deviceListSchema = z.strictObject({ devices: z.array(deviceEntrySchema) });
export type DeviceList = z.infer<typeof deviceListSchema>;

/** `GET admins`, for owners: who there is, and how they sign in. */
export const adminAccountSchema = z.strictObject({
  ...adminSchema.shape,
  deactivatedAt: timestampSchema.nullable(),
  authenticator: z.boolean(),
  passkeys: z.int(),
  devices: z.int(),
});
export type AdminAccount = z.infer<typeof adminAccountSchema>;
export const adminListSchema = z.strictObject({ admins: z.array(adminAccountSchema) });
export type AdminList = z.infer<typeof adminListSchema>;

/** `POST decisions`: the same path as an intent document, for automation. */
export const decisionsRequestSchema = z.strictObject({
  intents: z.array(intentSchema).min(1).max(maxOutstanding),
});
export const decisionsResponseSchema = z.strictObject({ outcomes: z.array(outcomeSchema) });

/** `GET epochs`: after a restore a device learns from it which of its outcomes are gone. */
export const epochsResponseSchema = z.strictObject({ epochs: z.array(epochStartSchema).min(1) });

/** Errors of the Admin and Gateway APIs. */
export const problemSchema = z.strictObject({
  status: z.int(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  mend: z.string(),
  instance: z.string(),
  fields: z.array(z.strictObject({ field: z.string(), reason: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Addresses of the Admin API, below the server's own. */
export const adminPaths = {
  /** A page for people (authorization request, RFC 6749 §4.1.1); the others speak JSON. */
  authorize: '/admin/authorize',
  /** A page for people: what an admin looks after themselves. */
  account: '/admin/account',
  token: '/api/admin/v1/token',
  /** Also `DELETE devices/:id`. */
  devices: '/api/admin/v1/devices',
  /** For owners: also `DELETE admins/:id` and `POST admins/:id/(deactivate|reactivate|reset-second-factor)`. */
  admins: '/api/admin/v1/admins',
  me: '/api/admin/v1/me',
  /** Ends the session: its tokens and sockets are dead from then on. */
  signOut: '/api/admin/v1/sign-out',
  /** The manifest of the newest snapshot of the session's scope. */
  snapshot: '/api/admin/v1/snapshot',
  /** A chunk's compressed bytes; `410 snapshot_gone` once the snapshot has been replaced and let go. */
  chunk: (snapshot: string, number: number): string => `/api/admin/v1/snapshot/${snapshot}/${number}`,
  /** `?after=epoch:seq&limit=frames`. */
  changes: '/api/admin/v1/changes',
  sync: '/api/admin/v1/sync',
  decisions: '/api/admin/v1/decisions',
  /** The epochs that the server's history has come through. */
  epochs: '/api/admin/v1/epochs',
} as const;
