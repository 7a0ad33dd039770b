/** Kong's own published client, unmodified, against a server that listens: the whole way of a developer. */
import {
  ApplicationsApi,
  Configuration,
  CredentialsApi,
  DeveloperApi,
  DocumentationApi,
  PortalApi,
  ProductsApi,
  RegistrationsApi,
  SearchApi,
  SearchIndicesParameters,
  VersionsApi,
} from '@kong/sdk-portal-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isWellFormedKey } from '../domain/keys.ts';
import { goodPassword, tokenTo } from './developers/testing.ts';
import { decide, fillCatalog, startTestServer, type Catalog, type TestServer } from './testing.ts';

let server: TestServer;
let catalog: Catalog;
let basePath: string;

beforeAll(async () => {
  server = await startTestServer();
  catalog = await fillCatalog(server.deps);
  basePath = await server.app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(() => server.close());

function cookiesOf(headers: object): string {
  const set: unknown = 'set-cookie' in headers ? headers['set-cookie'] : [];
  return (Array.isArray(set) ? set.map(String) : []).map((cookie) => cookie.split(';')[0]).join('; ');
}

/** The status of a refused call. */
async function refused(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'accepted',
    (error: unknown) => (error as { response?: { status?: number } }).response?.status,
  );
}

it('signs up, confirms, browses, registers, and makes and deletes a key', async () => {
  const { db } = server.deps;
  const email = 'sdk@example.com';
  const anybody = new Configuration({ basePath });
  const developer = new DeveloperApi(anybody);
  const requestBody = { email, full_name: 'SDK', password: goodPassword };
  expect((await developer.register({ requestBody })).status).toBe(201);
  const verifyEmailRequest = { token: await tokenTo(server.deps, email) };
  const verified = await developer.verifyEmail({ verifyEmailRequest });
  expect([verified.status, verified.data.email]).toEqual([202, email]);
  const authenticateRequest = { username: email, password: goodPassword };
  expect(await refused(developer.authenticate({ authenticateRequest }))).toBe(401);

  const { id: developerId } = await db
    .selectFrom('developers')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  await decide(server, 'developer', developerId, 'approved');
  const session = await developer.authenticate({ authenticateRequest });
  expect(session.status).toBe(204);
  const signedIn = new Configuration({
    basePath,
    baseOptions: { headers: { cookie: cookiesOf(session.headers) } },
  });
  expect((await new DeveloperApi(signedIn).getDeveloperMe()).data).toMatchObject({ email, full_name: 'SDK' });

  expect((await new PortalApi(signedIn).getPortalContext()).data.name).toBe('The demo portal');
  expect((await new PortalApi(signedIn).getPortalLogo()).status).toBe(200);
  const products = await new ProductsApi(signedIn).listProducts({
    filterNameContains: 'weather',
    pageSize: 100,
  });
  const productId = products.data.data?.[0]?.id ?? '';
  const found = await new SearchApi(signedIn).searchPortalEntities({
    indices: SearchIndicesParameters.ProductCatalog,
    q: 'v2',
    join: 'versions',
  });
  expect(found.data.data.map(({ source }) => source.id)).toEqual([productId]);
  expect((await new DocumentationApi(signedIn).listProductDocuments({ productId })).data.data).toEqual([]);
  const versions = new VersionsApi(signedIn);
  const listed = await versions.listProductVersions({ productId });
  const version = listed.data.data.find(({ name }) => name === 'v1');
  expect(version?.id).toBe(catalog.v1.id);
  const productVersionId = version?.id ?? '';
  expect((await versions.getProductVersionSpec({ productId, productVersionId })).status).toBe(204);

  const applications = new ApplicationsApi(signedIn);
  const strategies = await applications.listApplicationAuthStrategies({ filterCredentialTypeEq: 'key_auth' });
  const created = await applications.createApplication({
    createApplicationPayload: { name: 'Nimbus', auth_strategy_id: strategies.data.data[0]?.id ?? null },
  });
  expect(created.status).toBe(201);
  const applicationId = created.data.id;
  const updateApplicationPayload = { description: 'Clouds' };
  const updated = await applications.updateApplication({ applicationId, updateApplicationPayload });
  expect(updated.data).toMatchObject({ name: 'Nimbus', description: 'Clouds' });

  const free = await versions.getApplicationsByProductVersion({
    productId,
    productVersionId,
    unregistered: true,
  });
  expect(free.data.data.map(({ id }) => id)).toEqual([applicationId]);
  const registrations = new RegistrationsApi(signedIn);
  const asked = await registrations.createApplicationRegistration({
    applicationId,
    createRegistrationPayload: { product_version_id: productVersionId },
  });
  expect([asked.status, asked.data.status]).toEqual([201, 'pending']);
  const pending = await registrations.listApplicationRegistrations({
    applicationId,
    filterStatus: 'pending',
  });
  expect(pending.data.data.map(({ id }) => id)).toEqual([asked.data.id]);
  const again = registrations.createApplicationRegistration({
    applicationId,
    createRegistrationPayload: { product_version_id: productVersionId },
  });
  expect(await refused(again)).toBe(409);

  const credentials = new CredentialsApi(signedIn);
  const unnamed = await credentials.createCredential({ applicationId });
  expect(isWellFormedKey(unnamed.data.credential)).toBe(true);
  const credentialId = unnamed.data.id;
  const renamed = { applicationId, credentialId, updateCredentialPayload: { display_name: 'production' } };
  expect((await credentials.updateCredential(renamed)).status).toBe(200);
  const keys = await credentials.listCredentials({ applicationId });
  expect(keys.data.data).toEqual([{ id: credentialId, display_name: 'production' }]);
  expect((await credentials.deleteCredential({ applicationId, credentialId })).status).toBe(204);
  expect(await refused(credentials.refreshApplicationToken({ applicationId }))).toBe(404);

  const registrationId = asked.data.id;
  const withdrawn = await registrations.deleteApplicationRegistration({ applicationId, registrationId });
  expect(withdrawn.status).toBe(204);
  expect((await applications.deleteApplication({ applicationId })).status).toBe(204);
  expect((await applications.listApplications()).data.meta.page.total).toBe(0);
  expect((await new DeveloperApi(signedIn).logout()).status).toBe(204);
  expect(await refused(new DeveloperApi(signedIn).getDeveloperMe())).toBe(401);
});
