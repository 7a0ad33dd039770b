/** A product owner's desk: it holds what belongs to the products, and follows when these or the role change. */
import { afterEach, expect, test } from 'vitest';
import { openDatabase } from '../../main/core/replica/database.ts';
import { replicaFolder } from '../../main/core/replica/folder.ts';
import { settled, testDesk, type TestDesk } from '../../main/core/testing/desk.ts';
import { entities, entityKinds, type Role } from '../../domain/entities.ts';
import { createAdmin } from '../../sync-server/admins/accounts.ts';
import { changeRole } from '../../sync-server/admins/roles.ts';
import { keyOf, readTables, visibleRows } from '../rights/model.ts';
import { openShop, type Shop } from '../rights/shop.ts';
import { deskFolders, type DeskFolders } from '../support/desk-folder.ts';
import { formBrowser } from '../support/sign-in.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { everything, patience } from './scene.ts';

let whole: Whole;
let folders: DeskFolders;
let desk: TestDesk | null = null;

afterEach(async () => {
  await desk?.close();
  desk = null;
  await folders.remove();
  await whole.close();
});

const person = { email: 'mia@example.com', password: 'the long word of Mia' };
const system = { actor: 'system' };

function giveRole(role: Role, productIds: readonly string[]): Promise<unknown> {
  return whole.server.deps.commit((change) =>
    changeRole(change, { email: person.email, role, productIds }, system),
  );
}

async function shown(): Promise<string[]> {
  const page = await desk?.ask('queue.page', { filter: everything, after: null, limit: 500 });
  return (page?.rows ?? []).map(({ kind, id }) => keyOf(kind, id)).sort();
}

const requestsOf = ({ developer, application, registration }: Shop['own']): string[] => [
  keyOf('developer', developer.id),
  keyOf('application', application.id),
  keyOf('registration', registration.id),
];

test('it holds its products, decides about them, and follows when they or the role change', async () => {
  whole = await startWhole();
  folders = await deskFolders();
  const { deps } = whole.server;
  const { own, other } = await openShop(deps.commit);
  await deps.commit((change) =>
    createAdmin(
      change,
      deps.clock,
      { ...person, name: 'Mia', role: 'product-owner', productIds: [own.product.id] },
      system,
    ),
  );
  const dataDir = await folders.make();
  desk = await testDesk({ dataDir, server: whole.cable.url, openBrowser: formBrowser(person) });
  await desk.signIn();
  expect(await shown()).toEqual(requestsOf(own).sort());
  expect((await desk.ask('session.get', {})).admin).toMatchObject({ role: 'product-owner', name: 'Mia' });

  const target = (stall: Shop['own']) => ({ kind: 'registration' as const, id: stall.registration.id });
  const decided = await desk.ask('decide', {
    action: 'approve',
    targets: [target(own), target(other), { kind: 'developer', id: own.developer.id }],
    reason: null,
  });
  expect([decided.recorded, decided.skipped.map(({ code }) => code).sort()]).toEqual([
    1,
    ['forbidden', 'target_gone'],
  ]);
  await desk.until(settled);
  expect((await desk.ask('attention.list', {})).entries).toEqual([]);

  await giveRole('product-owner', [other.product.id]);
  await expect.poll(shown, patience).toEqual(requestsOf(other).sort());

  await giveRole('reviewer', []);
  await expect.poll(shown, patience).toEqual([...requestsOf(own), ...requestsOf(other)].sort());
  const role = async () => (await desk?.ask('session.get', {}))?.admin?.role;
  await expect.poll(role, patience).toBe('reviewer');

  await giveRole('product-owner', [own.product.id]);
  await expect.poll(shown, patience).toEqual(requestsOf(own).sort());
  await desk.close();
  desk = null;
  const copy = await openDatabase(replicaFolder(dataDir));
  const held: string[] = [];
  for (const kind of entityKinds) {
    const { rows } = await copy.query<{ id: string }>(`select id from ${entities[kind].table}`);
    held.push(...rows.map(({ id }) => keyOf(kind, id)));
  }
  await copy.close();
  const expected = visibleRows(await readTables(deps.db), [own.product.id]);
  expect(held.sort()).toEqual([...expected.keys()].sort());
});
