/**
 * What the published Portal API v2 lacks, under `/api/gatehouse/v1`: where a developer's application stands, and who has to
 * do what next. v2's own shapes are never changed.
 */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';
import { applicationStates, credentialStates, registrationStates } from '../states.ts';

export const blockedBySchema = z.enum([
  'credential',
  'developer',
  'application',
  'registration',
  'publication',
  'strategy',
  'service',
]);

/** One connection (or request for one) of an application. */
export const connectionViewSchema = z.strictObject({
  id: z.uuid(),
  productId: z.uuid(),
  productName: z.string(),
  versionId: z.uuid(),
  versionName: z.string(),
  state: z.enum(registrationStates),
  reason: z.string().nullable(),
  createdAt: timestampSchema,
  decidedAt: timestampSchema.nullable(),
  /** The first level that blocks calls with a live key, null where calls pass. */
  blockedBy: blockedBySchema.nullable(),
  /** Paths under which gateways offer the version, e.g. `/mock`. */
  paths: z.array(z.string()),
});

export const credentialViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  last4: z.string(),
  state: z.enum(credentialStates),
  notAfter: timestampSchema.nullable(),
  createdAt: timestampSchema,
});

/** `GET /api/gatehouse/v1/applications/{id}`. */
export const applicationViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  referenceId: z.string(),
  redirectUri: z.string().nullable(),
  state: z.enum(applicationStates),
  reason: z.string().nullable(),
  createdAt: timestampSchema,
  strategy: z
    .strictObject({ id: z.uuid(), name: z.string(), kind: z.enum(['key-auth', 'openid-connect']) })
    .nullable(),
  connections: z.array(connectionViewSchema),
  credentials: z.array(credentialViewSchema),
  /** Where calls go: the address of a gateway for the curl line, e.g. `http://localhost:8000`. */
  gatewayAddress: z.string().nullable(),
});
export type ApplicationView = z.infer<typeof applicationViewSchema>;

/** `GET /api/gatehouse/v1/applications`: what v2's list lacks, newest first. */
export const applicationSummarySchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  referenceId: z.string(),
  state: z.enum(applicationStates),
  createdAt: timestampSchema,
  connections: z.strictObject({ approved: z.int(), pending: z.int(), other: z.int() }),
  keys: z.int(),
});
export const applicationListSchema = z.strictObject({ applications: z.array(applicationSummarySchema) });

/** `GET /api/gatehouse/v1/versions/{id}`: what the Register button needs. */
export const versionViewSchema = z.strictObject({
  id: z.uuid(),
  registrationOpen: z.boolean(),
  autoApprove: z.boolean(),
  strategy: z
    .strictObject({ id: z.uuid(), name: z.string(), kind: z.enum(['key-auth', 'openid-connect']) })
    .nullable(),
  paths: z.array(z.string()),
});

/** `GET /api/gatehouse/v1/portal`: how the portal looks and what it says. */
export const portalViewSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  isPublic: z.boolean(),
  theme: z.strictObject({ accent: z.string().nullable(), welcome: z.string().nullable() }),
  /** True where the server lists mails on a page (development only): `/dev/mail`. */
  mailPage: z.boolean(),
});
