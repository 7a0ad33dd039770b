import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  applicationListSchema,
  applicationViewSchema,
  portalViewSchema,
  versionViewSchema,
} from '../domain/wire/portal.ts';
import {
  authStrategyListSchema,
  credentialCreationSchema,
  problemV2Schema,
  registrationV2Schema,
} from '../domain/wire/portal-v2.ts';
import { openBrowser, type Browser } from './developers/testing.ts';
import {
  applicationRow,
  decide,
  fillCatalog,
  newApplication,
  signedInDeveloper,
  startTestServer,
  type Catalog,
  type TestServer,
} from './testing.ts';

let server: TestServer;
let catalog: Catalog;
let ada: Browser;

beforeAll(async () => {
  server = await startTestServer({ gatewayUrl: 'http://localhost:8000' });
  catalog = await fillCatalog(server.deps);
});

afterAll(() => server.close());

beforeEach(async () => {
  ada = await signedInDeveloper(server);
});

describe('somebody else’s things', () => {
  it('answer as what does not exist, in the same portal and from another one', async () => {
    const { id } = await newApplication(ada);
    const asked = await ada.call('POST', `/api/v2/applications/${id}/registrations`, {
      product_version_id: catalog.v1.id,
    });
    const registration = registrationV2Schema.parse(asked.body);
    const key = credentialCreationSchema.parse(
      (await ada.call('POST', `/api/v2/applications/${id}/credentials`, {})).body,
    );
    const own = `/api/v2/applications/${id}`;
    const calls = [
      ['GET', own],
      ['PATCH', own, { name: 'mine now' }],
      ['DELETE', own],
      ['GET', `${own}/registrations`],
      ['POST', `${own}/registrations`, { product_version_id: catalog.v1.id }],
      ['GET', `${own}/registrations/${registration.id}`],
      ['DELETE', `${own}/registrations/${registration.id}`],
      ['GET', `${own}/credentials`],
      ['POST', `${own}/credentials`, {}],
      ['PUT', `${own}/credentials/${key.id}`, { display_name: 'mine now' }],
      ['DELETE', `${own}/credentials/${key.id}`],
      ['POST', `${own}/refresh-token`],
      ['GET', `${own}/registrations/${registration.id}/granted-scopes`],
      ['GET', `/api/gatehouse/v1/applications/${id}`],
    ] as const;
    const grace = await signedInDeveloper(server);
    const elsewhere = await signedInDeveloper(server, '/portals/staging');
    const anybody = openBrowser(server.app);
    for (const [method, path, body] of calls) {
      expect([path, (await grace.call(method, path, body)).status]).toEqual([path, 404]);
      expect([path, (await elsewhere.call(method, path, body)).status]).toEqual([path, 404]);
      expect([path, (await anybody.call(method, path, body)).status]).toEqual([path, 401]);
    }
    expect((await ada.call('GET', own)).status).toBe(200);
  });
});

describe('what is later work', () => {
  it('says so as the published specification does', async () => {
    const { id } = await newApplication(ada);
    const asked = await ada.call('POST', `/api/v2/applications/${id}/registrations`, {
      product_version_id: catalog.v1.id,
    });
    const registration = registrationV2Schema.parse(asked.body);
    const statuses = async (method: 'GET' | 'POST', path: string, body?: object) =>
      (await ada.call(method, path, body)).status;
    expect(await statuses('POST', `/api/v2/applications/${id}/refresh-token`)).toBe(404);
    expect(
      await statuses('GET', `/api/v2/applications/${id}/registrations/${registration.id}/granted-scopes`),
    ).toBe(422);
    const scopes = `/api/v2/applications/${id}/product-versions/${catalog.v1.id}/granted-scopes`;
    expect(await statuses('GET', scopes)).toBe(422);
    expect(await statuses('GET', '/api/v2/developer/authenticate/sso')).toBe(400);
    expect(
      await statuses('POST', '/api/v2/stats', { start_ms: 0, end_ms: 1, metrics: ['REQUEST_COUNT'] }),
    ).toBe(403);
    expect((await ada.call('GET', '/api/v2/stats/config')).body).toEqual({ analytics: null });
  });
});

describe('what v2 lacks', () => {
  it('tells where the application stands and what blocks it', async () => {
    const { id } = await newApplication(ada);
    const asked = await ada.call('POST', `/api/v2/applications/${id}/registrations`, {
      product_version_id: catalog.v1.id,
    });
    const registration = registrationV2Schema.parse(asked.body);
    await ada.call('POST', `/api/v2/applications/${id}/credentials`, { display_name: 'k' });
    const view = async () =>
      applicationViewSchema.parse((await ada.call('GET', `/api/gatehouse/v1/applications/${id}`)).body);
    const first = await view();
    expect(first).toMatchObject({
      state: 'pending',
      gatewayAddress: 'http://localhost:8000',
      credentials: [{ name: 'k', state: 'active' }],
      connections: [
        { state: 'pending', blockedBy: 'application', paths: ['/mock'], productName: 'Weather API' },
      ],
    });
    await decide(server, 'application', id, 'approved');
    expect((await view()).connections[0]?.blockedBy).toBe('registration');
    await decide(server, 'registration', registration.id, 'approved');
    expect((await view()).connections[0]?.blockedBy).toBeNull();
    await decide(server, 'registration', registration.id, 'revoked');
    expect((await view()).connections[0]).toMatchObject({ blockedBy: 'registration', reason: 'because' });

    const list = applicationListSchema.parse((await ada.call('GET', '/api/gatehouse/v1/applications')).body);
    expect(list.applications).toMatchObject([
      { id, state: 'approved', connections: { approved: 0, pending: 0, other: 1 }, keys: 1 },
    ]);
    const version = versionViewSchema.parse(
      (await ada.call('GET', `/api/gatehouse/v1/versions/${catalog.v1.id}`)).body,
    );
    expect(version).toMatchObject({
      registrationOpen: true,
      paths: ['/mock'],
      strategy: { kind: 'key-auth' },
    });
    const portal = portalViewSchema.parse((await ada.call('GET', '/api/gatehouse/v1/portal')).body);
    expect(portal).toMatchObject({ name: 'demo', theme: { accent: '#2f6f5e' }, mailPage: false });
    const strategies = await ada.call(
      'GET',
      '/api/v2/applications/auth-strategies?filter[credential_type][eq]=key_auth',
    );
    expect(authStrategyListSchema.parse(strategies.body).data.map(({ name }) => name)).toEqual(['key-auth']);
  });
});

describe('what is sent wrongly', () => {
  it.each([
    ['POST', '/api/v2/applications', {}, 'name'],
    ['POST', '/api/v2/applications', { name: '' }, 'name'],
    ['POST', '/api/v2/applications', { name: 'x'.repeat(256) }, 'name'],
    ['POST', '/api/v2/applications', { name: 'x', redirect_uri: 'not a uri' }, 'redirect_uri'],
    ['POST', '/api/v2/applications', { name: 'x', redirect_uri: 'javascript:alert(1)' }, 'redirect_uri'],
    ['POST', '/api/v2/applications', { name: 'x\u0000' }, 'name'],
    ['POST', '/api/v2/applications', { name: 'x', description: '\ud800' }, 'description'],
    ['POST', '/api/v2/applications', { name: 'x', redirect_uri: 'http://x/\u0000' }, 'redirect_uri'],
    ['GET', '/api/v2/applications?filter[name][contains]=%00', undefined, 'filter[name][contains]'],
    ['GET', '/api/v2/search/product-catalog?q=%00', undefined, 'q'],
    ['POST', '/api/v2/applications', { name: 'x', auth_strategy_id: 'x' }, 'auth_strategy_id'],
    ['POST', '/api/v2/applications', { name: 'x', scopes: ['openid'] }, 'scopes'],
    ['POST', '/api/v2/applications', { name: 'x', state: 'approved' }, ''],
    ['GET', '/api/v2/applications?page[size]=0', undefined, 'page[size]'],
    ['GET', '/api/v2/applications?page[size]=many', undefined, 'page[size]'],
    ['GET', '/api/v2/applications?page[number]=-1', undefined, 'page[number]'],
    ['GET', '/api/v2/applications?filter[state]=approved', undefined, ''],
    ['GET', '/api/v2/applications/not-a-uuid', undefined, 'applicationId'],
    ['GET', '/api/v2/products/not-a-uuid', undefined, 'productId'],
    ['GET', '/api/v2/search/everything?q=x', undefined, 'indices'],
    ['GET', '/api/v2/search/product-catalog?join=users', undefined, 'join.0'],
  ] as const)('%s %s %j is refused by naming the field', async (method, path, body, field) => {
    const answer = await ada.call(method, path, body);
    expect(answer.status).toBe(400);
    expect(problemV2Schema.parse(answer.body).invalid_parameters?.map((wrong) => wrong.field)).toContain(
      field,
    );
  });

  it.each([
    ['application/json', '{"name":', 400],
    ['application/json', '', 400],
    ['application/x-www-form-urlencoded', 'name=x', 415],
    ['text/plain', '{"name":"x"}', 415],
    ['application/json', JSON.stringify({ name: 'x', description: 'x'.repeat(300_000) }), 413],
  ])('as %s is refused before it is looked at', async (type, payload, status) => {
    const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await server.app.inject({
      method: 'POST',
      url: '/api/v2/applications',
      headers: { cookie, 'content-type': type },
      payload,
    });
    expect([answer.statusCode, problemV2Schema.parse(answer.json()).status]).toEqual([status, status]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('leaves nothing half-written', async () => {
    const { id } = await newApplication(ada);
    const before = await applicationRow(server, id);
    await ada.call('PATCH', `/api/v2/applications/${id}`, { name: 'new', reference_id: 7 });
    expect(await applicationRow(server, id)).toEqual(before);
  });
});
