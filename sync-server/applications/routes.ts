/** Applications, registrations and credentials of the Portal API v2. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import {
  createApplicationSchema,
  createCredentialSchema,
  createRegistrationSchema,
  credentialTypes,
  updateApplicationSchema,
  updateCredentialSchema,
} from '../../domain/wire/portal-v2.ts';
import { requireVersion } from '../catalog/visible.ts';
import type { Deps } from '../config/deps.ts';
import { signedIn } from '../developers/visitor.ts';
import { parse } from '../http/parse.ts';
import { containment, equality, statusFilter } from '../portalapi/filters.ts';
import { pagingShape } from '../portalapi/paging.ts';
import { createApplication, getApplication, listApplications, updateApplication } from './applications.ts';
import { applicationsByVersion } from './by-version.ts';
import { createCredential, listCredentials, removeCredential, renameCredential } from './credentials.ts';
import { ownApplication, ownRegistration } from './own.ts';
import { createRegistration, getRegistration, listRegistrations } from './registrations.ts';
import { removeApplication, removeRegistration } from './remove.ts';
import { refuseScopes } from './scopes.ts';
import { listStrategies } from './strategies.ts';

const name = { ...equality('name'), ...containment('name') };
const applicationQuery = z.strictObject({ ...pagingShape, ...name, ...equality('auth_strategy_id') });
const strategyQuery = z.strictObject({
  ...pagingShape,
  ...name,
  'filter[credential_type][eq]': z.enum(credentialTypes).optional(),
});
const registrationQuery = z.strictObject({
  ...pagingShape,
  ...statusFilter,
  ...equality('id'),
  ...equality('product_name'),
  ...containment('product_name'),
  ...equality('product_version_name'),
  ...containment('product_version_name'),
});
const byVersionQuery = z.strictObject({
  ...pagingShape,
  ...statusFilter,
  ...name,
  ...equality('auth_strategy_id'),
  // Allowed without a value, which means yes.
  unregistered: z
    .enum(['', 'true', 'false'])
    .default('false')
    .transform((value) => value !== 'false'),
});
const pageQuery = z.strictObject(pagingShape);

const ofApplication = z.strictObject({ applicationId: z.uuid() });
const ofRegistration = ofApplication.extend({ registrationId: z.uuid() });
const ofCredential = ofApplication.extend({ credentialId: z.uuid() });
const ofScopes = ofApplication.extend({ productVersionId: z.uuid() });
const ofVersion = z.strictObject({ productId: z.uuid(), productVersionId: z.uuid() });

/** Registered below `/api/v2`. Each operation asks who it is first, so that a stranger learns nothing from a 400. */
export function applicationRoutes(deps: Deps): FastifyPluginAsync {
  const { db } = deps;
  return async (app) => {
    app.get('/applications', async (request) => {
      const who = await signedIn(deps, request);
      return listApplications(db, who, parse(applicationQuery, request.query));
    });

    app.post('/applications', async (request, reply) => {
      const who = await signedIn(deps, request);
      const id = await createApplication(deps, who, parse(createApplicationSchema, request.body));
      return reply.status(201).send(await getApplication(db, who, id));
    });

    app.get('/applications/auth-strategies', async (request) => {
      const { portal } = await signedIn(deps, request);
      return listStrategies(db, portal, parse(strategyQuery, request.query));
    });

    app.get('/applications/:applicationId', async (request) => {
      const who = await signedIn(deps, request);
      return getApplication(db, who, parse(ofApplication, request.params).applicationId);
    });

    app.patch('/applications/:applicationId', async (request) => {
      const who = await signedIn(deps, request);
      const { applicationId } = parse(ofApplication, request.params);
      await updateApplication(deps, who, applicationId, parse(updateApplicationSchema, request.body));
      return getApplication(db, who, applicationId);
    });

    app.delete('/applications/:applicationId', async (request, reply) => {
      const who = await signedIn(deps, request);
      await removeApplication(deps, who, parse(ofApplication, request.params).applicationId);
      return reply.status(204).send();
    });

    app.get('/applications/:applicationId/registrations', async (request) => {
      const who = await signedIn(deps, request);
      const { applicationId } = parse(ofApplication, request.params);
      return listRegistrations(db, who, applicationId, parse(registrationQuery, request.query));
    });

    app.post('/applications/:applicationId/registrations', async (request, reply) => {
      const who = await signedIn(deps, request);
      const { applicationId } = parse(ofApplication, request.params);
      const { product_version_id: versionId, scopes } = parse(createRegistrationSchema, request.body);
      refuseScopes(scopes);
      const id = await createRegistration(deps, who, applicationId, versionId);
      return reply.status(201).send(await getRegistration(db, who, applicationId, id));
    });

    app.get('/applications/:applicationId/registrations/:registrationId', async (request) => {
      const who = await signedIn(deps, request);
      const { applicationId, registrationId } = parse(ofRegistration, request.params);
      return getRegistration(db, who, applicationId, registrationId);
    });

    app.delete('/applications/:applicationId/registrations/:registrationId', async (request, reply) => {
      const who = await signedIn(deps, request);
      const { applicationId, registrationId } = parse(ofRegistration, request.params);
      await removeRegistration(deps, who, applicationId, registrationId);
      return reply.status(204).send();
    });

    app.get('/applications/:applicationId/credentials', async (request) => {
      const who = await signedIn(deps, request);
      const { applicationId } = parse(ofApplication, request.params);
      return listCredentials(db, who, applicationId, parse(pageQuery, request.query));
    });

    app.post('/applications/:applicationId/credentials', async (request, reply) => {
      const who = await signedIn(deps, request);
      const { applicationId } = parse(ofApplication, request.params);
      const { display_name: name } = parse(createCredentialSchema, request.body ?? {});
      return reply.status(201).send(await createCredential(deps, who, applicationId, name));
    });

    app.put('/applications/:applicationId/credentials/:credentialId', async (request) => {
      const who = await signedIn(deps, request);
      const { applicationId, credentialId } = parse(ofCredential, request.params);
      const { display_name: name } = parse(updateCredentialSchema, request.body);
      return renameCredential(deps, who, applicationId, credentialId, name);
    });

    app.delete('/applications/:applicationId/credentials/:credentialId', async (request, reply) => {
      const who = await signedIn(deps, request);
      const { applicationId, credentialId } = parse(ofCredential, request.params);
      await removeCredential(deps, who, applicationId, credentialId);
      return reply.status(204).send();
    });

    app.get('/products/:productId/versions/:productVersionId/applications', async (request) => {
      const who = await signedIn(deps, request);
      const { productId, productVersionId } = parse(ofVersion, request.params);
      const { unregistered, ...query } = parse(byVersionQuery, request.query);
      await requireVersion(db, who, productId, productVersionId);
      return applicationsByVersion(db, who, productVersionId, unregistered, query);
    });

    // Secrets and scopes belong to clients that an identity provider registers; keys have neither.
    app.post('/applications/:applicationId/refresh-token', async (request) => {
      await ownApplication(
        db,
        await signedIn(deps, request),
        parse(ofApplication, request.params).applicationId,
      );
      throw new GatehouseError('not_found', { message: 'This application has no client secret.' });
    });

    app.get('/applications/:applicationId/registrations/:registrationId/granted-scopes', async (request) => {
      const who = await signedIn(deps, request);
      const { applicationId, registrationId } = parse(ofRegistration, request.params);
      await ownRegistration(db, who, applicationId, registrationId);
      throw new GatehouseError('scopes_unsupported');
    });

    app.get(
      '/applications/:applicationId/product-versions/:productVersionId/granted-scopes',
      async (request) => {
        const who = await signedIn(deps, request);
        await ownApplication(db, who, parse(ofScopes, request.params).applicationId);
        throw new GatehouseError('scopes_unsupported');
      },
    );

    // Without analytics the published API answers so, not with zeros.
    app.get('/stats/config', async (request) => {
      await signedIn(deps, request);
      return { analytics: null };
    });
    app.post('/stats', async (request) => {
      await signedIn(deps, request);
      throw new GatehouseError('analytics_off');
    });
  };
}
