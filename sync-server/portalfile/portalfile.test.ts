import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../domain/errors.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { projectGateways } from '../gateways/projection.ts';
import { applyPortalFile, describePlan, previewPortalFile, type ApplyDeps } from './apply.ts';
import { readPortalFile } from './read.ts';

let test: TestDeps;
let folder: string;
let deps: ApplyDeps;

const portalFile = `gatehouse: 1
region: eu
gateways:
  - name: local
    services:
      - name: weather
        path: /weather
        upstream: http://127.0.0.1:9001
strategies:
  - name: key-auth
    kind: key-auth
  - name: okta-oidc
    kind: openid-connect
products:
  - slug: weather
    name: Weather
    documents:
      - slug: start
        title: Getting started
        file: start.md
      - slug: limits
        title: Limits
        content: Ten a second.
        parent: start
    versions:
      - name: v1
        specification: weather.yaml
        services: [local/weather]
portals:
  - name: demo
    displayName: Demo
    defaultStrategy: key-auth
    publications:
      - version: weather/v1
        registration: true
`;

beforeAll(async () => {
  test = await createTestDeps({ projections: [projectGateways] });
  folder = await mkdtemp(join(tmpdir(), 'portal-file-'));
  const { db, commit, clock } = test.deps;
  deps = { db, commit, clock, actor: 'system' };
  await writeFile(join(folder, 'start.md'), '# Welcome\n');
  await writeFile(
    join(folder, 'weather.yaml'),
    'openapi: 3.1.0\ninfo: { title: Weather, version: "1" }\npaths: {}\n',
  );
});

afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

async function written(content: string): Promise<string> {
  const path = join(folder, 'portal.yaml');
  await writeFile(path, content);
  return path;
}

async function mistakesOf(content: string): Promise<string[]> {
  try {
    await readPortalFile(await written(content));
    return [];
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    expect(error.code).toBe('portal_file_invalid');
    return (error.failure.fields ?? []).map(({ field, reason }) => `${field}: ${reason}`);
  }
}

describe('a portal file', () => {
  it('previews, applies once, and has nothing to do the second time', async () => {
    const loaded = await readPortalFile(await written(portalFile));
    const preview = describePlan(await previewPortalFile(loaded, deps));
    expect(preview).toContain('create publication weather/v1 in demo');
    expect(await test.deps.db.selectFrom('portals').selectAll().execute()).toEqual([]);
    expect(describePlan(await applyPortalFile(loaded, deps))).toEqual(preview);
    expect(describePlan(await applyPortalFile(loaded, deps))).toEqual([]);
    const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    expect(seq).toBe(preview.length);
    expect(await test.deps.db.selectFrom('gatewayServices').select('serviceId').execute()).toHaveLength(1);
    const documents = await test.deps.db
      .selectFrom('productDocuments')
      .select(['slug', 'content'])
      .orderBy('position')
      .execute();
    expect(documents).toEqual([
      { slug: 'start', content: '# Welcome\n' },
      { slug: 'limits', content: 'Ten a second.' },
    ]);
  });

  it('names what changes, and a new default strategy leaves publications as they are (rule 39)', async () => {
    const before = await test.deps.db.selectFrom('publications').selectAll().executeTakeFirstOrThrow();
    const changed = portalFile
      .replace('defaultStrategy: key-auth', 'defaultStrategy: okta-oidc')
      .replace('displayName: Demo', 'displayName: Try it');
    const plan = await applyPortalFile(await readPortalFile(await written(changed)), deps);
    expect(describePlan(plan)).toEqual(['update portal demo (displayName, defaultStrategyId)']);
    expect(await test.deps.db.selectFrom('publications').selectAll().executeTakeFirstOrThrow()).toEqual(
      before,
    );
  });

  it('tells the log of every text, label and host that it changes, and what was there before', async () => {
    const changed = portalFile
      .replace('Ten a second.', 'Five a second.')
      .replace('    name: Weather\n', '    name: Weather\n    labels: { team: sky }\n')
      .replace('  - name: demo\n', '  - name: demo\n    hosts: [Portal.example.com]\n');
    await writeFile(join(folder, 'weather.yaml'), 'openapi: 3.1.0\ninfo: { title: Rain, version: "2" }\n');
    await applyPortalFile(await readPortalFile(await written(portalFile)), deps);
    const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    const loaded = await readPortalFile(await written(changed));
    const preview = describePlan(await previewPortalFile(loaded, deps));
    expect(preview).toEqual([
      'change labels of weather',
      'change documents of weather',
      'change hosts of demo',
    ]);
    await applyPortalFile(loaded, deps);
    const entries = await test.deps.db
      .selectFrom('changeLog')
      .select(['action', 'payload'])
      .where('seq', '>', seq)
      .orderBy('seq')
      .execute();
    const told = new Map(entries.map(({ action, payload }) => [action, String(payload)]));
    expect(told.get('product.labels_changed')).toBe('{"after":{"team":"sky"},"before":{}}');
    expect(told.get('portal.hosts_changed')).toBe('{"after":["portal.example.com"],"before":[]}');
    expect(told.get('product.documents_changed')).toMatch(/"slug":"limits".*"slug":"limits"/);
    expect([...told.keys()]).toHaveLength(3);
    const specification = await test.deps.db
      .selectFrom('changeLog')
      .select('payload')
      .where('action', '=', 'version.specification_changed')
      .orderBy('seq')
      .execute();
    expect(specification.map(({ payload }) => /"before":null/.test(String(payload)))).toEqual([true, false]);
    expect(describePlan(await applyPortalFile(loaded, deps))).toEqual([]);
  });

  it('that cannot be read is named', async () => {
    const path = join(folder, 'none.yaml');
    await expect(readPortalFile(path)).rejects.toMatchObject({
      failure: { fields: [{ field: path, reason: 'cannot be read' }] },
    });
  });

  it('says of what is missing that it is', async () => {
    expect(await mistakesOf(portalFile.replace(/^gatehouse: 1$/m, ''))).toEqual([
      expect.stringMatching(/^line \d+, gatehouse: is missing$/),
    ]);
  });

  it('unlinks a service, which is then absent and not open', async () => {
    const plan = await applyPortalFile(
      await readPortalFile(await written(portalFile.replace('services: [local/weather]', 'services: []'))),
      deps,
    );
    expect(describePlan(plan)).toContain('unlink a service from weather/v1');
    expect(await test.deps.db.selectFrom('gatewayServices').selectAll().execute()).toEqual([]);
  });

  it.each<[string, (file: string) => string, string]>([
    ['broken YAML', (file) => file.replace('strategies:', 'strategies: ['), 'line 14'],
    [
      'an unknown field',
      (file) => file.replace('kind: key-auth', 'kind: key-auth\n    colour: red'),
      'line 12',
    ],
    [
      'a wrong type',
      (file) => file.replace('registration: true', 'registration: perhaps'),
      'line 35, portals.0.publications.0.registration',
    ],
    [
      'an unknown strategy',
      (file) => file.replace('defaultStrategy: key-auth', 'defaultStrategy: keys'),
      'line 32, portals.0.defaultStrategy',
    ],
    [
      'an unknown version',
      (file) => file.replace('weather/v1\n', 'weather/v9\n'),
      'line 34, portals.0.publications.0.version',
    ],
    [
      'an unknown service',
      (file) => file.replace('[local/weather]', '[local/rain]'),
      'line 28, products.0.versions.0.services.0',
    ],
    [
      'a name twice',
      (file) => file.replace('- name: okta-oidc', '- name: key-auth'),
      'line 12, strategies.1.name',
    ],
    [
      'a missing file',
      (file) => file.replace('weather.yaml', 'rain.yaml'),
      'line 27, products.0.versions.0.specification',
    ],
    [
      'a file outside its folder',
      (file) => file.replace('start.md', '../../etc/passwd'),
      'line 20, products.0.documents.0.file',
    ],
    [
      'a specification that is none',
      (file) => file.replace('weather.yaml', 'start.md'),
      'line 27, products.0.versions.0.specification',
    ],
    [
      'registration in a public portal (rule 27)',
      (file) => file.replace('displayName: Demo', 'displayName: Demo\n    isPublic: true'),
      'line 36, portals.0.publications.0.registration',
    ],
    [
      'another version of the format',
      (file) => file.replace('gatehouse: 1', 'gatehouse: 2'),
      'line 1, gatehouse',
    ],
    ['nothing at all', () => '', 'line 1, gatehouse'],
  ])('with %s is refused by its line, and nothing is changed', async (_, spoil, place) => {
    const before = await test.deps.db.selectFrom('logHead').selectAll().execute();
    const mistakes = await mistakesOf(spoil(portalFile));
    expect(mistakes.some((mistake) => mistake.startsWith(place))).toBe(true);
    expect(await test.deps.db.selectFrom('logHead').selectAll().execute()).toEqual(before);
  });

  it('lists all its mistakes at once', async () => {
    const spoilt = portalFile.replace('[local/weather]', '[local/rain]').replace('weather.yaml', 'rain.yaml');
    expect(await mistakesOf(spoilt)).toHaveLength(2);
  });
});
