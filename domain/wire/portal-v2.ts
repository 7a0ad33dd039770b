/**
 * The Portal API v2 (`/api/v2`): the bodies of Kong Konnect's published Portal API, read off its openapi.yaml 2.1.0. Names
 * and shapes are theirs and stay so; what Gatehouse adds is in `portal.ts`.
 */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';
import { nameSchema, textSchema } from '../text.ts';
import { redirectUriSchema } from './redirect-uri.ts';

/** The longest address that mail can carry (RFC 5321 §4.5.3.1.3), in characters. */
const emailSchema = z.email().max(254);
/** Read, never kept: long enough for any passphrase, short enough to hash. */
const passwordSchema = z.string().min(1).max(200);
const shortText = textSchema.max(255);
const named = nameSchema.max(255).trim().min(1);
const scopesSchema = z.array(shortText).max(100);

// requests

/**
 * `POST developer`. Additional properties are allowed there; `password` is the one that is read: without it the password
 * is chosen after the address is confirmed.
 */
export const registerPayloadSchema = z.object({
  email: emailSchema,
  full_name: nameSchema.trim().min(1).max(250),
  password: passwordSchema.optional(),
});
export const authenticateRequestSchema = z.strictObject({ username: emailSchema, password: passwordSchema });
export const forgotPasswordSchema = z.strictObject({ email: emailSchema });
export const resetPasswordSchema = z.strictObject({ password: passwordSchema, token: z.uuid() });
export const verifyEmailSchema = z.strictObject({ token: z.uuid() });

export const createApplicationSchema = z.strictObject({
  name: named,
  reference_id: named.optional(),
  redirect_uri: redirectUriSchema.optional(),
  description: shortText.optional(),
  auth_strategy_id: z.uuid().nullable().optional(),
  scopes: scopesSchema.optional(),
});
export type CreateApplication = z.infer<typeof createApplicationSchema>;

export const updateApplicationSchema = createApplicationSchema.omit({ auth_strategy_id: true }).partial();
export type UpdateApplication = z.infer<typeof updateApplicationSchema>;

export const createRegistrationSchema = z.strictObject({
  product_version_id: z.uuid(),
  scopes: scopesSchema.optional(),
});
export const createCredentialSchema = z.strictObject({ display_name: named.optional() });
export const updateCredentialSchema = z.strictObject({ display_name: named });

// answers

const stamps = { created_at: timestampSchema, updated_at: timestampSchema } as const;

export const pageMetaSchema = z.strictObject({
  page: z.strictObject({ number: z.int(), size: z.int(), total: z.int() }),
});

function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ meta: pageMetaSchema, data: z.array(item) });
}

/** Errors of v2, as `application/problem+json`. */
export const problemV2Schema = z.strictObject({
  status: z.int(),
  title: z.string(),
  instance: z.string(),
  detail: z.string(),
  invalid_parameters: z
    .array(
      z.strictObject({
        field: z.string(),
        reason: z.string(),
        rule: z.string().optional(),
        source: z.string().optional(),
      }),
    )
    .optional(),
});

export const credentialTypes = ['client_credentials', 'self_managed_client_credentials', 'key_auth'] as const;
const strategy = { id: z.uuid(), name: z.string() } as const;
const clientTypes = z.enum(['client_credentials', 'self_managed_client_credentials']);

export const portalAuthStrategySchema = z.discriminatedUnion('credential_type', [
  z.strictObject({ ...strategy, credential_type: z.literal('key_auth'), key_names: z.array(z.string()) }),
  z.strictObject({ ...strategy, credential_type: clientTypes, auth_methods: z.array(z.string()) }),
]);
export type PortalAuthStrategy = z.infer<typeof portalAuthStrategySchema>;
export const authStrategyListSchema = pageOf(portalAuthStrategySchema);

const authStrategySchema = z.discriminatedUnion('credential_type', [
  z.strictObject({ ...strategy, credential_type: z.literal('key_auth') }),
  z.strictObject({ ...strategy, credential_type: clientTypes, auth_methods: z.array(z.string()) }),
]);
export type AuthStrategy = z.infer<typeof authStrategySchema>;

export const meSchema = z.strictObject({ id: z.uuid(), email: z.string(), full_name: z.string(), ...stamps });

/** `token` chooses the first password where none was given at sign-up; absent otherwise. */
export const verifyEmailAnswerSchema = z.strictObject({ email: z.string(), token: z.uuid().optional() });

export const portalContextSchema = z.strictObject({
  portal_id: z.uuid(),
  org_id: z.uuid(),
  featureset_id: z.string(),
  basic_auth_enabled: z.boolean(),
  oidc_auth_enabled: z.boolean(),
  is_public: z.boolean(),
  rbac_enabled: z.boolean(),
  dcr_provider_ids: z.array(z.uuid()),
  allowed_time_period: z.string(),
  name: z.string(),
  canonical_domain: z.string(),
});

const texts = z.strictObject({ text: z.string() });
const addresses = z.strictObject({ url: z.string() });
export const portalAppearanceSchema = z.strictObject({
  variables: z.strictObject({
    catalog: z.strictObject({
      logo: addresses,
      cover: addresses,
      primary_header: texts,
      welcome_message: texts,
    }),
  }),
});

export const productSchema = z.strictObject({
  id: z.uuid(),
  ...stamps,
  name: z.string(),
  description: z.string().nullable(),
  document_count: z.int(),
  version_count: z.int(),
  latest_version: z.strictObject({ id: z.uuid(), name: z.string() }).nullable(),
  public_labels: z.record(z.string(), z.string()),
});
export type Product = z.infer<typeof productSchema>;
export const productListSchema = pageOf(productSchema);

export const productActionsSchema = z.strictObject({
  actions: z.strictObject({ view: z.boolean(), register: z.boolean(), view_documentation: z.boolean() }),
});

export const searchResultsSchema = pageOf(
  z.strictObject({ index: z.literal('product-catalog'), source: productSchema }),
);

const registrationConfigSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  credential_type: z.enum(credentialTypes),
  auth_methods: z.array(z.string()).optional(),
  registration_enabled: z.boolean(),
  registration_auto_approve: z.boolean(),
});

export const productVersionSchema = z.strictObject({
  id: z.uuid(),
  ...stamps,
  name: z.string(),
  deprecated: z.boolean(),
  registration_configs: z.array(registrationConfigSchema),
});
export type ProductVersion = z.infer<typeof productVersionSchema>;
export const productVersionListSchema = pageOf(productVersionSchema);

/** `content` is the whole document as JSON text. */
export const specSchema = z.strictObject({ api_type: z.literal('openapi'), content: z.string() });

const operationSchema = z.strictObject({
  path: z.string(),
  method: z.string(),
  operation_id: z.string().nullable(),
  tags: z.array(z.string()),
  summary: z.string().nullable(),
  deprecated: z.boolean(),
});
export type SpecOperation = z.infer<typeof operationSchema>;
export const specOperationsSchema = z.strictObject({
  api_type: z.literal('openapi'),
  operations: z.array(operationSchema),
});

const documentHead = {
  id: z.uuid(),
  parent_document_id: z.uuid().nullable(),
  slug: z.string(),
  title: z.string(),
} as const;
const metadata = z.record(z.string(), z.json());

export const documentListSchema = pageOf(z.strictObject({ ...documentHead, metadata, ...stamps }));
/** A branch of the tree that `application/vnd.konnect.document-tree+json` asks for. */
export interface DocumentTree {
  id: string;
  parent_document_id: string | null;
  slug: string;
  title: string;
  metadata: z.infer<typeof metadata>;
  children: DocumentTree[];
}
export const documentTreeSchema: z.ZodType<DocumentTree> = z.strictObject({
  ...documentHead,
  metadata,
  children: z.array(z.lazy(() => documentTreeSchema)),
});
export const documentTreeListSchema = pageOf(documentTreeSchema);
/** `content` is Markdown. */
export const documentSchema = z.strictObject({ ...documentHead, content: z.string() });

export const applicationV2Schema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  reference_id: z.string(),
  description: z.string().nullable(),
  redirect_uri: z.string().nullable(),
  auth_strategy: portalAuthStrategySchema.nullable(),
  ...stamps,
});
export type ApplicationV2 = z.infer<typeof applicationV2Schema>;
export const applicationV2ListSchema = pageOf(applicationV2Schema);

/** v2's status of a registration: a withdrawn one is not there any more. */
export const registrationStatuses = ['approved', 'pending', 'rejected', 'revoked'] as const;

export const registrationV2Schema = z.strictObject({
  id: z.uuid(),
  ...stamps,
  status: z.enum(registrationStatuses),
  product_id: z.uuid(),
  product_name: z.string(),
  product_version_id: z.uuid(),
  product_version_name: z.string(),
  application_id: z.uuid(),
});
export type RegistrationV2 = z.infer<typeof registrationV2Schema>;
export const registrationV2ListSchema = pageOf(registrationV2Schema);

export const versionApplicationListSchema = pageOf(
  z.strictObject({
    id: z.uuid(),
    name: z.string(),
    registration_id: z.uuid().nullable(),
    registration_status: z.enum(registrationStatuses).nullable(),
    auth_strategy: authStrategySchema.optional(),
    ...stamps,
  }),
);

export const credentialV2ListSchema = pageOf(z.strictObject({ id: z.uuid(), display_name: z.string() }));
/** The only answer that ever holds a key (rule 20). */
export const credentialCreationSchema = z.strictObject({
  credential: z.string(),
  id: z.uuid(),
  display_name: z.string(),
});
