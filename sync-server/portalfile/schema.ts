/** The portal as a YAML file: what an operator keeps under version control. Names, not ids, tie its parts together. */
import { z } from 'zod';
import { textSchema } from '../../domain/text.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and hyphens');
const label = textSchema.min(1).max(200);
const text = textSchema.max(20_000);

export const serviceSchema = z.strictObject({
  name,
  path: z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'starts with / and has no spaces'),
  upstream: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  /** Reachable without a key. Only an owner should set this. */
  open: z.boolean().default(false),
  /** Seconds a gateway may serve it without hearing from the server. */
  maxStaleness: z.int().min(1).nullable().default(null),
});

const gatewaySchema = z.strictObject({ name, services: z.array(serviceSchema).default([]) });

const strategySchema = z.strictObject({
  name,
  kind: z.enum(['key-auth', 'openid-connect']),
  dynamicRegistration: z.boolean().default(false),
  config: z.record(z.string(), z.json()).default({}),
});

const documentSchema = z.strictObject({
  slug: name,
  title: label,
  /** A Markdown file beside the portal file, or the text itself. */
  file: z.string().optional(),
  content: text.optional(),
  parent: name.optional(),
});

const versionSchema = z.strictObject({
  name: label,
  lifecycle: z.enum(['active', 'deprecated', 'sunset']).default('active'),
  /** An OpenAPI file (YAML or JSON) beside the portal file. */
  specification: z.string().optional(),
  /** Linked services, written `gateway/service`. */
  services: z.array(z.string()).default([]),
});

const productSchema = z.strictObject({
  slug: name,
  name: label,
  description: text.default(''),
  labels: z.record(textSchema.max(63), textSchema.max(200)).default({}),
  documents: z.array(documentSchema).default([]),
  versions: z.array(versionSchema).default([]),
});

const publicationSchema = z.strictObject({
  /** Written `product/version`. */
  version: z.string(),
  /** The portal's default strategy where it is left out; used for new publications only (rule 39). */
  strategy: name.optional(),
  visibility: z.enum(['public', 'private']).default('private'),
  registration: z.boolean().default(false),
  autoApprove: z.boolean().default(false),
  published: z.boolean().default(true),
});

const portalSchema = z.strictObject({
  name,
  displayName: label,
  description: text.default(''),
  /** Without sign-in; then no version of it can take registrations (rule 27). */
  isPublic: z.boolean().default(false),
  autoApprove: z
    .strictObject({ developers: z.boolean().default(false), applications: z.boolean().default(false) })
    .default({ developers: false, applications: false }),
  defaultStrategy: name.optional(),
  hosts: z.array(z.hostname()).default([]),
  theme: z
    .strictObject({
      accent: z
        .string()
        .regex(/^#[0-9a-f]{6}$/i)
        .nullable()
        .default(null),
      welcome: text.nullable().default(null),
    })
    .default({ accent: null, welcome: null }),
  publications: z.array(publicationSchema).default([]),
});

export const portalFileSchema = z.strictObject({
  gatehouse: z.literal(1),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('local'),
  gateways: z.array(gatewaySchema).default([]),
  strategies: z.array(strategySchema).default([]),
  products: z.array(productSchema).default([]),
  portals: z.array(portalSchema).default([]),
});
export type PortalFile = z.infer<typeof portalFileSchema>;
