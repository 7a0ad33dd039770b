import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  documentListSchema,
  documentSchema,
  documentTreeListSchema,
  portalAppearanceSchema,
  portalContextSchema,
  productActionsSchema,
  productListSchema,
  productSchema,
  productVersionListSchema,
  productVersionSchema,
  searchResultsSchema,
  specOperationsSchema,
  specSchema,
} from '../domain/wire/portal-v2.ts';
import { goodPassword, openBrowser, register, type Browser } from './developers/testing.ts';
import { fillCatalog, startTestServer, type Catalog, type TestServer } from './testing.ts';

const specification = {
  openapi: '3.1.0',
  info: { title: 'Weather', version: '1' },
  paths: {
    '/now': { get: { operationId: 'now', summary: 'The weather now', tags: ['now'] }, parameters: [] },
    '/alerts': { post: { deprecated: true }, get: 'broken' },
  },
};

let server: TestServer;
let pagesDir: string;
let catalog: Catalog;
let anybody: Browser;
let ada: Browser;

beforeAll(async () => {
  pagesDir = join(await mkdtemp(join(tmpdir(), 'gatehouse-pages-')), 'portal');
  await mkdir(join(pagesDir, 'assets'), { recursive: true });
  await writeFile(join(pagesDir, 'index.html'), '<!doctype html><title>Portal</title>');
  await writeFile(join(pagesDir, 'assets', 'app-1a2b.js'), 'export {};');
  await writeFile(join(pagesDir, '..', 'outside.txt'), 'not for you');
  server = await startTestServer({ pagesDir, corsOrigins: ['https://client.example'] });
  catalog = await fillCatalog(server.deps);
  const { db } = server.deps;
  const { id: productId } = catalog.product;
  const at = catalog.product.createdAt;
  const parent = crypto.randomUUID();
  await db.insertInto('productLabels').values({ productId, label: 'team', value: 'sky' }).execute();
  const document = { productId, createdAt: at, updatedAt: at };
  await db
    .insertInto('productDocuments')
    .values([
      {
        ...document,
        id: parent,
        parentId: null,
        slug: 'overview',
        title: 'Overview',
        content: '# Drizzle',
        position: 0,
      },
      {
        ...document,
        id: crypto.randomUUID(),
        parentId: parent,
        slug: 'units',
        title: 'Units',
        content: 'mm',
        position: 1,
      },
    ])
    .execute();
  const content = JSON.stringify(specification);
  await db.insertInto('versionSpecifications').values({ versionId: catalog.v1.id, content }).execute();

  anybody = openBrowser(server.app);
  ada = openBrowser(server.app);
  const portal = { ...catalog.portal, autoApproveDevelopers: true };
  await server.deps.commit((change) => change.put('portal', [portal], { actor: 'system' }));
  await register(ada, server.deps, 'ada@example.com');
  await ada.call('POST', '/api/v2/developer/authenticate', {
    username: 'ada@example.com',
    password: goodPassword,
  });
});

afterAll(async () => {
  await server.close();
  await rm(join(pagesDir, '..'), { recursive: true });
});

const products = '/api/v2/products';
const product = () => `${products}/${catalog.product.id}`;

describe('the catalog', () => {
  it('shows public versions to anybody, private ones once signed in, and unpublished products to nobody (rule 41)', async () => {
    const list = async (browser: Browser) =>
      productListSchema.parse((await browser.call('GET', products)).body);
    expect(await list(anybody)).toMatchObject({
      meta: { page: { number: 1, size: 10, total: 1 } },
      data: [
        {
          name: 'Weather API',
          version_count: 2,
          document_count: 2,
          latest_version: { name: 'v3' },
          public_labels: { team: 'sky' },
        },
      ],
    });
    expect((await list(ada)).data[0]?.version_count).toBe(3);
    const staging = openBrowser(server.app, '/portals/staging');
    expect((await list(staging)).data[0]).toMatchObject({ version_count: 1, latest_version: { name: 'v1' } });

    const hidden = `${product()}/versions/${catalog.v2.id}`;
    expect((await anybody.call('GET', hidden)).status).toBe(404);
    expect((await anybody.call('GET', `${hidden}/spec`)).status).toBe(404);
    expect((await anybody.call('GET', `/api/gatehouse/v1/versions/${catalog.v2.id}`)).status).toBe(404);
    expect((await ada.call('GET', `${hidden}/spec`)).status).toBe(204);
    expect((await ada.call('GET', `${hidden}/spec/operations`)).status).toBe(204);
    expect((await ada.call('GET', `${products}/${crypto.randomUUID()}`)).status).toBe(404);
    productSchema.parse((await anybody.call('GET', product())).body);
  });

  it('hides what is no longer published', async () => {
    const { db, commit } = server.deps;
    const publication = await db
      .selectFrom('publications')
      .selectAll()
      .where('portalId', '=', catalog.staging.id)
      .executeTakeFirstOrThrow();
    const put = (live: boolean) =>
      commit((change) => change.put('publication', [{ ...publication, live }], { actor: 'system' }));
    await put(false);
    const staging = openBrowser(server.app, '/portals/staging');
    expect(productListSchema.parse((await staging.call('GET', products)).body).data).toEqual([]);
    expect((await staging.call('GET', product())).status).toBe(404);
    await put(true);
  });

  it.each([
    ['filter[name]=Weather API', 1],
    ['filter[name]=weather', 0],
    ['filter[name][contains]=WEATHER', 1],
    ['filter[description][contains]=100% sun', 1],
    ['filter[description][contains]=100_ sun', 0],
    ['filter[id][eq]=nothing', 0],
    ['page[number]=2', 0],
    ['page[size]=&page[number]=', 1],
  ])('filters by %s', async (query, found) => {
    const { body, status } = await anybody.call(
      'GET',
      `${products}?${encodeURI(query).replaceAll('% ', '%25%20')}`,
    );
    expect([status, productListSchema.parse(body).data.length]).toEqual([200, found]);
  });

  it.each([
    ['q=weather', 1],
    ['q=', 1],
    ['q=v3', 0],
    ['q=v3&join=versions', 1],
    ['q=drizzle&join=versions', 0],
    ['q=drizzle&join=versions,versions.documents', 1],
    ['q=v2&join=versions', 0],
  ])('searches by %s', async (query, found) => {
    const { body } = await anybody.call('GET', `/api/v2/search/product-catalog?${query}`);
    expect(searchResultsSchema.parse(body).meta.page.total).toBe(found);
  });

  it('shows versions with how to register, newest first', async () => {
    const { body } = await ada.call('GET', `${product()}/versions`);
    const { data } = productVersionListSchema.parse(body);
    expect(data.map(({ name }) => name)).toEqual(['v3', 'v2', 'v1']);
    expect(data[1]?.registration_configs).toEqual([
      {
        id: catalog.oidc.id,
        name: 'okta-oidc',
        credential_type: 'self_managed_client_credentials',
        auth_methods: ['bearer'],
        registration_enabled: true,
        registration_auto_approve: false,
      },
    ]);
    const one = productVersionSchema.parse(
      (await ada.call('GET', `${product()}/versions/${catalog.v3.id}`)).body,
    );
    expect(one.registration_configs[0]?.registration_enabled).toBe(false);
    const actions = async (browser: Browser) =>
      productActionsSchema.parse((await browser.call('GET', `${product()}/actions`)).body).actions;
    expect(await actions(anybody)).toEqual({ view: true, register: false, view_documentation: true });
    expect(await actions(ada)).toMatchObject({ register: true });
  });

  it('gives the specification and its operations', async () => {
    const version = `${product()}/versions/${catalog.v1.id}`;
    const spec = specSchema.parse((await anybody.call('GET', `${version}/spec`)).body);
    expect(JSON.parse(spec.content)).toEqual(specification);
    const { operations } = specOperationsSchema.parse(
      (await anybody.call('GET', `${version}/spec/operations`)).body,
    );
    expect(operations).toEqual([
      {
        path: '/now',
        method: 'get',
        operation_id: 'now',
        tags: ['now'],
        summary: 'The weather now',
        deprecated: false,
      },
      { path: '/alerts', method: 'post', operation_id: null, tags: [], summary: null, deprecated: true },
    ]);
  });

  it('gives documents as a list, as a tree and as Markdown', async () => {
    const path = `${product()}/documents`;
    const list = documentListSchema.parse((await anybody.call('GET', path)).body);
    expect(list.data.map(({ slug }) => slug)).toEqual(['overview', 'units']);
    const accept = 'application/vnd.konnect.document-tree+json';
    const tree = await anybody.call('GET', path, undefined, { accept });
    expect(tree.headers['content-type']).toContain(accept);
    const { data } = documentTreeListSchema.parse(tree.body);
    expect(data).toMatchObject([{ slug: 'overview', children: [{ slug: 'units', children: [] }] }]);
    const one = `${path}/${list.data[0]?.id ?? ''}`;
    expect(documentSchema.parse((await anybody.call('GET', one)).body).content).toBe('# Drizzle');
    const markdown = await anybody.call('GET', one, undefined, { accept: 'text/markdown' });
    expect([markdown.text, markdown.headers['content-type']]).toEqual([
      '# Drizzle',
      'text/markdown; charset=utf-8',
    ]);
    expect((await anybody.call('GET', `${path}/${crypto.randomUUID()}`)).status).toBe(404);
  });
});

describe('a portal', () => {
  it('presents itself', async () => {
    const context = portalContextSchema.parse((await anybody.call('GET', '/api/v2/portal')).body);
    expect(context).toMatchObject({
      portal_id: catalog.portal.id,
      is_public: false,
      basic_auth_enabled: true,
      oidc_auth_enabled: false,
      canonical_domain: 'localhost:8080',
    });
    const staging = openBrowser(server.app, '/portals/staging');
    const appearance = portalAppearanceSchema.parse(
      (await staging.call('GET', '/api/v2/portal/appearance')).body,
    );
    expect(appearance.variables.catalog.logo.url).toBe('/portals/staging/api/v2/portal/logo');
    expect(appearance.variables.catalog.welcome_message.text).toBe('Welcome!');
    const logo = await staging.call('GET', '/api/v2/portal/logo');
    expect([logo.status, logo.headers['content-type']]).toEqual([200, 'image/png']);
  });

  it('is found by its host', async () => {
    const row = { host: 'developers.example.com', portalId: catalog.staging.id };
    await server.deps.db.insertInto('portalHosts').values(row).execute();
    const answer = await anybody.call('GET', '/api/v2/portal', undefined, {
      host: 'Developers.example.com:8080',
    });
    expect(portalContextSchema.parse(answer.body).portal_id).toBe(catalog.staging.id);
  });

  it('without sign-in has no accounts and takes no registrations (rule 27)', async () => {
    const put = (isPublic: boolean) =>
      server.deps.commit((change) =>
        change.put('portal', [{ ...catalog.staging, isPublic }], { actor: 'system' }),
      );
    await put(true);
    const staging = openBrowser(server.app, '/portals/staging');
    expect((await staging.call('GET', '/api/v2/applications')).status).toBe(404);
    const signUp = { email: 'x@example.com', full_name: 'X' };
    expect((await staging.call('POST', '/api/v2/developer', signUp)).status).toBe(404);
    const version = await staging.call('GET', `${product()}/versions/${catalog.v1.id}`);
    expect(productVersionSchema.parse(version.body).registration_configs[0]?.registration_enabled).toBe(
      false,
    );
    await put(false);
  });

  it('lets clients on the allow-list in, with cookies, and no others', async () => {
    const ask = (origin: string) => anybody.call('GET', '/api/v2/portal', undefined, { origin });
    const allowed = await ask('https://client.example');
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://client.example',
      'access-control-allow-credentials': 'true',
    });
    expect((await ask('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await server.app.inject({
      method: 'OPTIONS',
      url: '/api/v2/developer/me',
      headers: { origin: 'https://client.example', 'access-control-request-method': 'GET' },
    });
    expect([preflight.statusCode, preflight.headers['access-control-allow-origin']]).toEqual([
      204,
      'https://client.example',
    ]);
    const unsafe = { origin: 'https://client.example' };
    expect((await anybody.call('POST', '/api/v2/developer/logout', undefined, unsafe)).status).toBe(204);
  });
});

describe('the pages', () => {
  it.each(['/', '/applications/1', '/portals/staging', '/portals/staging/', '/portals/staging/sign-in?x=1'])(
    'are one document at %s, under a strict policy',
    async (path) => {
      const answer = await anybody.call('GET', path);
      expect([answer.status, answer.text]).toEqual([200, '<!doctype html><title>Portal</title>']);
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers['cache-control']).toBe('no-cache');
    },
  );

  it('come with their files, from both addresses', async () => {
    for (const path of ['/assets/app-1a2b.js', '/portals/staging/assets/app-1a2b.js']) {
      const answer = await anybody.call('GET', path);
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'max-age=31536000, immutable']);
      expect(answer.headers['content-type']).toContain('javascript');
    }
  });

  it.each([
    '/assets/missing.js',
    '/../outside.txt',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/assets/..%5c..%5coutside.txt',
    '/api/v2/nothing',
    '/api/nothing',
    '/admin/nothing',
    '/dev/mail',
  ])('are not what is at %s', async (path) => {
    const answer = await anybody.call('GET', path);
    expect(answer.text).not.toContain('not for you');
    expect([403, 404]).toContain(answer.status);
  });

  it('do not hide which methods an address takes', async () => {
    const answer = await anybody.call('GET', '/api/v2/developer/authenticate');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});
