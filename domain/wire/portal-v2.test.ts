/** Our schemas against the specification that Kong publishes: the same names, nothing required left out, nothing added. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import * as ours from './portal-v2.ts';

const openObject = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});
type ObjectSchema = z.infer<typeof openObject>;

const folder = dirname(dirname(createRequire(import.meta.url).resolve('@kong/sdk-portal-js')));
const specification = z
  .object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) })
  .parse(parse(readFileSync(join(folder, 'openapi.yaml'), 'utf8')));

function published(name: string): ObjectSchema {
  return openObject.parse(specification.components.schemas[name]);
}

function written(schema: z.ZodType): ObjectSchema {
  return openObject.parse(z.toJSONSchema(schema, { io: 'output' }));
}

const listObject = z.object({
  properties: z.object({ data: z.object({ items: z.looseObject({ $ref: z.string().optional() }) }) }),
  $defs: z.record(z.string(), z.unknown()).default({}),
});

/** What a list is made of. */
function itemsOf(schema: z.ZodType): ObjectSchema {
  const { properties, $defs } = listObject.parse(z.toJSONSchema(schema, { io: 'output' }));
  const { items } = properties.data;
  return openObject.parse(items.$ref === undefined ? items : $defs[items.$ref.replace('#/$defs/', '')]);
}

describe('answers have every required property and none that is not published', () => {
  it.each([
    ['Developer', written(ours.meSchema)],
    ['VerifyEmailResponse', written(ours.verifyEmailAnswerSchema)],
    ['PortalContext', written(ours.portalContextSchema)],
    ['PortalAppearance', written(ours.portalAppearanceSchema)],
    ['Product', written(ours.productSchema)],
    ['ProductListPage', written(ours.productListSchema)],
    ['ProductActionsResponse', written(ours.productActionsSchema)],
    ['ProductVersion', written(ours.productVersionSchema)],
    ['ProductVersionSpecDocument', written(ours.specSchema)],
    ['ProductVersionSpecOperations', written(ours.specOperationsSchema)],
    ['DocumentItem', itemsOf(ours.documentListSchema)],
    ['DocumentTree', itemsOf(ours.documentTreeListSchema)],
    ['ProductDocumentRaw', written(ours.documentSchema)],
    ['SearchResults', written(ours.searchResultsSchema)],
    ['GetApplicationResponse', written(ours.applicationV2Schema)],
    ['ApplicationCreationResponse', written(ours.applicationV2Schema)],
    ['ApplicationUpdateResponse', written(ours.applicationV2Schema)],
    ['GetRegistrationResponse', written(ours.registrationV2Schema)],
    ['ProductVersionApplication', itemsOf(ours.versionApplicationListSchema)],
    ['CredentialCreationResponse', written(ours.credentialCreationSchema)],
    ['ListCredentialsResponse', written(ours.credentialV2ListSchema)],
  ] satisfies [string, ObjectSchema][])('%s', (name, mine) => {
    const { properties, required } = published(name);
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(mine.properties)));
    expect(mine.required).toEqual(expect.arrayContaining(required));
  });

  it('so do problems', () => {
    expect(written(ours.problemV2Schema).required).toEqual(
      expect.arrayContaining(published('BaseError').required),
    );
  });
});

describe('requests take every published property and require no other', () => {
  it.each([
    ['AuthenticateRequest', ours.authenticateRequestSchema],
    ['ResetPasswordRequest', ours.resetPasswordSchema],
    ['ResetPasswordPayload', ours.forgotPasswordSchema],
    ['VerifyEmailRequest', ours.verifyEmailSchema],
    ['RegisterPayload', ours.registerPayloadSchema],
    ['CreateApplicationPayload', ours.createApplicationSchema],
    ['UpdateApplicationPayload', ours.updateApplicationSchema],
    ['CreateRegistrationPayload', ours.createRegistrationSchema],
    ['CreateCredentialPayload', ours.createCredentialSchema],
    ['UpdateCredentialPayload', ours.updateCredentialSchema],
  ])('%s', (name, schema) => {
    const mine = openObject.parse(z.toJSONSchema(schema, { io: 'input' }));
    const { properties, required } = published(name);
    expect(Object.keys(mine.properties)).toEqual(expect.arrayContaining(Object.keys(properties)));
    expect([...mine.required].sort()).toEqual([...required].sort());
  });
});
