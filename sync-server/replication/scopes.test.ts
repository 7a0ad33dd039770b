import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../domain/entities.ts';
import { changesPageSchema } from '../../domain/wire/frames.ts';
import { manifestSchema } from '../../domain/wire/snapshot.ts';
import { changeRole } from '../admins/roles.ts';
import { signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { createTestPortal, testIntent, type TestPortal } from '../decisions/testing.ts';
import { projectScopes } from '../scopes/projection.ts';
import { startTestServer, TestDesk, type TestServer } from './testing.ts';

const system = { actor: 'system' };
const createdAt = '2026-01-02T03:04:05.678Z';

let test: TestServer;
/** Two portals, each with one product and two requests for it. */
let own: TestPortal & { readonly productId: string };
let other: TestPortal & { readonly productId: string };
let mia: TestAdmin;
let email: string;

async function portalWithProduct(name: string): Promise<TestPortal & { readonly productId: string }> {
  const portal = await createTestPortal(test.deps.commit, 2);
  const productId = crypto.randomUUID();
  const shared = { portalId: null, revision: 1, createdAt };
  const product: Row<'product'> = {
    ...shared,
    id: productId,
    region: 'eu',
    name,
    slug: name,
    description: '',
  };
  const version: Row<'version'> = {
    ...shared,
    id: portal.publication.versionId,
    productId,
    name: 'v1',
    lifecycle: 'active',
  };
  await test.deps.commit(async (change) => {
    await change.put('product', [product], system);
    await change.put('version', [version], system);
  });
  return { ...portal, productId };
}

beforeAll(async () => {
  test = await startTestServer({ projections: [projectScopes], heartbeatMilliseconds: 200 });
  own = await portalWithProduct('weather');
  other = await portalWithProduct('maps');
  mia = await signedInAdmin(test.deps, 'product-owner', [own.productId]);
  const row = await test.deps.db
    .selectFrom('admins')
    .select('email')
    .where('id', '=', mia.id)
    .executeTakeFirstOrThrow();
  email = row.email;
});

afterAll(() => test.close());

const get = (path: string, { headers }: TestAdmin) => fetch(`${test.url}/api/admin/v1/${path}`, { headers });

async function head(): Promise<string> {
  const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return `1:${seq}`;
}

function touch(kind: 'registration', row: Row<'registration'>): Promise<void> {
  return test.deps.commit((change) => change.put(kind, [row], system));
}

describe('the scope of a product owner', () => {
  it('has a snapshot of its own, without keys and without what is of other products', async () => {
    const manifest = manifestSchema.parse(await (await get('snapshot', mia)).json());
    expect(manifest.scope).toMatch(/^products-[0-9a-f]{16}$/);
    const rows = Object.fromEntries(manifest.chunks.map(({ entity, rows: count }) => [entity, count]));
    expect(rows).toEqual({
      portal: 1,
      product: 1,
      version: 1,
      publication: 1,
      admin: 1,
      developer: 2,
      application: 2,
      registration: 2,
    });
  });

  it('moves on through empty frames, past what is not its own', async () => {
    const after = await head();
    const [request] = other.requests;
    if (!request) throw new Error('no request');
    await touch('registration', { ...request.registration, revision: 2 });
    const page = changesPageSchema.parse(await (await get(`changes?after=${after}`, mia)).json());
    expect(page.frames).toHaveLength(1);
    expect(page.frames[0]).toMatchObject({ to: Number((await head()).slice(2)), items: [] });
  });

  it('hears what came of its own decisions, live, and not what came of others’', async () => {
    const desk = await TestDesk.connect(test.url, mia.headers);
    const owner = await signedInAdmin(test.deps);
    const [first, second] = own.requests;
    if (!first || !second) throw new Error('no requests');
    const about = ({ registration }: typeof first) => ({
      kind: 'registration' as const,
      id: registration.id,
    });
    const theirs = testIntent(owner.device, 'approve', about(first));
    await fetch(`${test.url}/api/admin/v1/decisions`, {
      method: 'POST',
      headers: { ...owner.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ intents: [theirs] }),
    });
    const mine = testIntent(mia.device, 'approve', about(second));
    const hidden = testIntent(mia.device, 'approve', {
      kind: 'registration',
      id: other.requests[0]?.registration.id ?? '',
    });
    desk.decide(mine, hidden);
    await desk.until(() => desk.outcomes().length === 2);
    expect(desk.outcomes().map(({ intent, kind, code }) => [intent, kind, code])).toEqual([
      [mine.id, 'applied', null],
      [hidden.id, 'refused', 'target_gone'],
    ]);
    const seen = desk.frames.flatMap(({ items }) =>
      items.flatMap((item) => (item.k === 'row' ? [item.id] : [])),
    );
    expect(seen).toEqual([owner.id, first.registration.id, second.registration.id]);
    await desk.close();
  });

  it('is another one once the products change: 410 until a new snapshot is asked for', async () => {
    const desk = await TestDesk.connect(test.url, mia.headers);
    const after = await head();
    await test.deps.commit((change) =>
      changeRole(change, { email, role: 'product-owner', productIds: [other.productId] }, system),
    );
    expect(await desk.ended()).toBe('scope_changed');
    const refused = await get(`changes?after=${after}`, mia);
    expect([refused.status, await refused.json()]).toEqual([
      410,
      expect.objectContaining({ code: 'scope_changed' }),
    ]);
    const manifest = manifestSchema.parse(await (await get('snapshot', mia)).json());
    expect((await get(`changes?after=1:${manifest.seq}`, mia)).status).toBe(200);
    // What the log says of before is not for this scope.
    expect(await (await get(`changes?after=${after}`, mia)).json()).toMatchObject({ code: 'cursor_gone' });
  });
});
