import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isWellFormedKey } from '../domain/keys.ts';
import {
  applicationV2ListSchema,
  applicationV2Schema,
  credentialCreationSchema,
  credentialV2ListSchema,
  problemV2Schema,
  registrationV2ListSchema,
  registrationV2Schema,
  versionApplicationListSchema,
} from '../domain/wire/portal-v2.ts';
import type { Browser } from './developers/testing.ts';
import {
  applicationRow,
  decide,
  fillCatalog,
  newApplication,
  registrationRow,
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

const detail = (body: unknown): string => problemV2Schema.parse(body).detail;

describe('an application', () => {
  it('is created, listed, changed and deleted by its developer', async () => {
    const made = await newApplication(ada, {
      description: 'Clouds',
      reference_id: 'nimbus',
      redirect_uri: 'https://a.example/cb',
    });
    expect(made).toMatchObject({
      name: 'Nimbus',
      description: 'Clouds',
      reference_id: 'nimbus',
      redirect_uri: 'https://a.example/cb',
      auth_strategy: null,
    });
    expect(await applicationRow(server, made.id)).toMatchObject({
      state: 'pending',
      revision: 1,
      contentRevision: 1,
    });
    const other = await newApplication(ada, { name: 'Cirrus', auth_strategy_id: catalog.keyAuth.id });
    expect(other.auth_strategy).toEqual({
      id: catalog.keyAuth.id,
      name: 'key-auth',
      credential_type: 'key_auth',
      key_names: ['apikey'],
    });
    expect(other.reference_id).toMatch(/^app-[0-9a-f]{20}$/);

    const list = async (query: string) =>
      applicationV2ListSchema.parse((await ada.call('GET', `/api/v2/applications${query}`)).body);
    expect((await list('')).data.map(({ name }) => name)).toEqual(['Cirrus', 'Nimbus']);
    expect(await list('?page[size]=1&page[number]=2')).toMatchObject({
      meta: { page: { number: 2, size: 1, total: 2 } },
      data: [{ name: 'Nimbus' }],
    });
    expect((await list('?filter[name][contains]=IRR')).data).toHaveLength(1);
    expect((await list('?filter[name]=Nimbus')).data).toHaveLength(1);
    expect((await list(`?filter[auth_strategy_id]=${catalog.keyAuth.id}`)).data[0]?.name).toBe('Cirrus');
    expect((await list('?filter[name][contains]=%25')).data).toHaveLength(0);

    const changed = await ada.call('PATCH', `/api/v2/applications/${made.id}`, { description: 'Rain' });
    expect(applicationV2Schema.parse(changed.body)).toMatchObject({ name: 'Nimbus', description: 'Rain' });
    expect(await applicationRow(server, made.id)).toMatchObject({ revision: 2, contentRevision: 2 });
    expect((await ada.call('DELETE', `/api/v2/applications/${made.id}`)).status).toBe(204);
    expect((await ada.call('GET', `/api/v2/applications/${made.id}`)).status).toBe(404);
    expect((await ada.call('DELETE', `/api/v2/applications/${made.id}`)).status).toBe(404);
  });

  it('keeps its approval when edited, and asks again when it was rejected (rule 16)', async () => {
    const { id } = await newApplication(ada);
    await decide(server, 'application', id, 'approved');
    await ada.call('PATCH', `/api/v2/applications/${id}`, { name: 'Stratus' });
    expect(await applicationRow(server, id)).toMatchObject({
      state: 'approved',
      name: 'Stratus',
      revision: 3,
      contentRevision: 1,
    });
    await decide(server, 'application', id, 'rejected');
    await ada.call('PATCH', `/api/v2/applications/${id}`, { name: 'Stratus' });
    expect(await applicationRow(server, id)).toMatchObject({ state: 'rejected', revision: 4 });
    await ada.call('PATCH', `/api/v2/applications/${id}`, { description: 'now with a reason' });
    expect(await applicationRow(server, id)).toMatchObject({
      state: 'pending',
      revision: 5,
      contentRevision: 5,
    });
  });

  it('has a reference ID that nobody else in the portal had or will have (rule 11)', async () => {
    const first = await newApplication(ada, { reference_id: 'taken' });
    const grace = await signedInDeveloper(server);
    const again = () => grace.call('POST', '/api/v2/applications', { name: 'X', reference_id: 'taken' });
    expect((await again()).status).toBe(409);
    await ada.call('PATCH', `/api/v2/applications/${first.id}`, { reference_id: 'moved-on' });
    expect((await again()).status).toBe(409);
    await ada.call('DELETE', `/api/v2/applications/${first.id}`);
    const refused = await grace.call('POST', '/api/v2/applications', { name: 'X', reference_id: 'moved-on' });
    expect([refused.status, detail(refused.body)]).toEqual([
      409,
      'Another application of this portal uses this reference ID, or did.',
    ]);
    // Another portal is another world.
    await newApplication(await signedInDeveloper(server, '/portals/staging'), { reference_id: 'taken' });
  });

  it('is approved at once where the portal says so, but never after a human’s no (rules 7, 8)', async () => {
    const put = (autoApproveApplications: boolean) =>
      server.deps.commit((change) =>
        change.put('portal', [{ ...catalog.portal, autoApproveApplications }], { actor: 'system' }),
      );
    await put(true);
    try {
      const { id } = await newApplication(ada);
      expect(await applicationRow(server, id)).toMatchObject({
        state: 'approved',
        decidedBy: 'rule:auto-approve',
      });
      await decide(server, 'application', id, 'rejected');
      await ada.call('DELETE', `/api/v2/applications/${id}`);
      const next = await newApplication(ada);
      expect((await applicationRow(server, next.id))?.state).toBe('pending');
    } finally {
      await put(false);
    }
  });
});

describe('a registration', () => {
  const ask = (browser: Browser, applicationId: string, versionId: string) =>
    browser.call('POST', `/api/v2/applications/${applicationId}/registrations`, {
      product_version_id: versionId,
    });

  it('is asked for, listed, and withdrawn or deleted; asking again is a new request', async () => {
    const { id } = await newApplication(ada);
    const asked = await ask(ada, id, catalog.v1.id);
    expect(asked.status).toBe(201);
    const registration = registrationV2Schema.parse(asked.body);
    expect(registration).toMatchObject({
      status: 'pending',
      application_id: id,
      product_name: 'Weather API',
      product_version_name: 'v1',
    });
    // The application had no strategy: it takes its first version's (rule 14).
    expect((await applicationRow(server, id))?.strategyId).toBe(catalog.keyAuth.id);
    expect((await ask(ada, id, catalog.v1.id)).status).toBe(409);

    const path = `/api/v2/applications/${id}/registrations`;
    const list = async (query = '') =>
      registrationV2ListSchema.parse((await ada.call('GET', path + query)).body).data;
    expect(await list('?filter[status]=pending&filter[product_name][contains]=weather')).toEqual([
      registration,
    ]);
    expect(await list('?filter[status][eq]=approved')).toEqual([]);
    expect(await list(`?filter[id]=${registration.id}&filter[product_version_name]=v1`)).toHaveLength(1);

    expect((await ada.call('DELETE', `${path}/${registration.id}`)).status).toBe(204);
    expect(await registrationRow(server, registration.id)).toMatchObject({
      state: 'withdrawn',
      contentRevision: 2,
    });
    expect((await ada.call('GET', `${path}/${registration.id}`)).status).toBe(404);
    expect(await list()).toEqual([]);

    const second = registrationV2Schema.parse((await ask(ada, id, catalog.v1.id)).body);
    expect(second.id).not.toBe(registration.id);
    await decide(server, 'registration', second.id, 'revoked');
    expect((await ask(ada, id, catalog.v1.id)).status).toBe(409);
    expect((await ada.call('DELETE', `${path}/${second.id}`)).status).toBe(204);
    expect(await registrationRow(server, second.id)).toBeUndefined();
  });

  it('is refused where registration is off, for another strategy, and for what the portal does not offer', async () => {
    const { id } = await newApplication(ada, { auth_strategy_id: catalog.keyAuth.id });
    const closed = await ask(ada, id, catalog.v3.id);
    expect([closed.status, detail(closed.body)]).toEqual([409, 'Registration is off for this version.']);
    const mixed = await ask(ada, id, catalog.v2.id);
    expect([mixed.status, detail(mixed.body)]).toEqual([
      409,
      'This version uses another auth strategy than the application.',
    ]);
    expect((await ask(ada, id, crypto.randomUUID())).status).toBe(404);
    const elsewhere = await signedInDeveloper(server, '/portals/staging');
    const other = await newApplication(elsewhere);
    expect((await ask(elsewhere, other.id, catalog.v2.id)).status).toBe(404);
  });

  it('is approved at once by the rule, but not after a no, not even for another application of the same person', async () => {
    const { db, commit } = server.deps;
    const publication = await db
      .selectFrom('publications')
      .selectAll()
      .where('portalId', '=', catalog.portal.id)
      .where('versionId', '=', catalog.v1.id)
      .executeTakeFirstOrThrow();
    const put = (autoApprove: boolean) =>
      commit((change) => change.put('publication', [{ ...publication, autoApprove }], { actor: 'system' }));
    await put(true);
    try {
      const { id } = await newApplication(ada);
      const first = registrationV2Schema.parse((await ask(ada, id, catalog.v1.id)).body);
      expect(first.status).toBe('approved');
      await decide(server, 'registration', first.id, 'revoked');
      await ada.call('DELETE', `/api/v2/applications/${id}/registrations/${first.id}`);
      expect(registrationV2Schema.parse((await ask(ada, id, catalog.v1.id)).body).status).toBe('pending');
      const again = await newApplication(ada, { name: 'Another' });
      expect(registrationV2Schema.parse((await ask(ada, again.id, catalog.v1.id)).body).status).toBe(
        'pending',
      );
    } finally {
      await put(false);
    }
  });

  it('shows its applications from the version’s side', async () => {
    const one = await newApplication(ada, { name: 'One' });
    const two = await newApplication(ada, { name: 'Two' });
    await ask(ada, one.id, catalog.v1.id);
    const path = `/api/v2/products/${catalog.product.id}/versions/${catalog.v1.id}/applications`;
    const list = async (query = '') =>
      versionApplicationListSchema.parse((await ada.call('GET', path + query)).body).data;
    expect(await list()).toMatchObject([
      { id: one.id, registration_status: 'pending', auth_strategy: { credential_type: 'key_auth' } },
    ]);
    expect(await list('?unregistered')).toMatchObject([
      { id: two.id, registration_id: null, registration_status: null },
    ]);
    expect(await list('?unregistered=true&filter[name]=One')).toEqual([]);
  });
});

describe('a key', () => {
  it('is shown once, kept as a hash, renamed, and deleted for good', async () => {
    const { id } = await newApplication(ada);
    const path = `/api/v2/applications/${id}/credentials`;
    const made = await ada.call('POST', path, { display_name: 'production' });
    expect(made.status).toBe(201);
    const key = credentialCreationSchema.parse(made.body);
    expect(isWellFormedKey(key.credential)).toBe(true);
    const { db } = server.deps;
    const secret = await db
      .selectFrom('credentialSecrets')
      .selectAll()
      .where('credentialId', '=', key.id)
      .executeTakeFirstOrThrow();
    expect(secret.hash).toEqual(createHash('sha256').update(key.credential).digest());
    const log = await db.selectFrom('changeLog').select('payload').execute();
    expect(log.some(({ payload }) => payload?.includes(key.credential))).toBe(false);

    const renamed = await ada.call('PUT', `${path}/${key.id}`, { display_name: 'staging' });
    expect(renamed.status).toBe(200);
    const list = credentialV2ListSchema.parse((await ada.call('GET', path)).body);
    expect(list.data).toEqual([{ id: key.id, display_name: 'staging' }]);
    expect((await ada.call('DELETE', `${path}/${key.id}`)).status).toBe(204);
    expect((await ada.call('DELETE', `${path}/${key.id}`)).status).toBe(404);
    const left = await db
      .selectFrom('credentialSecrets')
      .selectAll()
      .where('credentialId', '=', key.id)
      .execute();
    expect(left).toEqual([]);
  });

  it('needs no body, and there are at most twenty', async () => {
    const { id } = await newApplication(ada);
    const path = `/api/v2/applications/${id}/credentials`;
    const answers = await Promise.all(Array.from({ length: 22 }, () => ada.call('POST', path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(20).fill(201), 403, 403]);
    const first = credentialCreationSchema.parse(answers.find(({ status }) => status === 201)?.body);
    expect(first.display_name).toBe(`Key …${first.credential.slice(-4)}`);
  });

  it('is nothing for an application of OpenID Connect', async () => {
    const { id } = await newApplication(ada, { auth_strategy_id: catalog.oidc.id });
    const refused = await ada.call('POST', `/api/v2/applications/${id}/credentials`, {});
    expect([refused.status, detail(refused.body)]).toEqual([403, 'This application does not use API keys.']);
  });
});
