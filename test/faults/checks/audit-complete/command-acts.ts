/** What commands do: the same functions, with the same commit, coming from an address that tells them apart. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeRole } from '../../../../sync-server/admins/roles.ts';
import { withOrigin } from '../../../../sync-server/changelog/origin.ts';
import { createGatewayToken } from '../../../../sync-server/gateways/tokens.ts';
import { applyPortalFile } from '../../../../sync-server/portalfile/apply.ts';
import { readPortalFile } from '../../../../sync-server/portalfile/read.ts';
import type { Act, Doing } from './act.ts';
import type { Scene } from '../../../rights/scene.ts';

function command(
  name: string,
  tells: readonly string[],
  work: (scene: Scene) => Promise<() => Promise<unknown>>,
  more: Pick<Doing, 'changes'> = {},
): Act {
  return {
    route: `gatehouse ${name}`,
    tells,
    async prepare(scene, address): Promise<Doing> {
      const carryOut = await work(scene);
      const requestId = randomUUID();
      return {
        actor: 'system',
        device: null,
        run: async () => {
          await withOrigin({ address, requestId }, carryOut);
          return { status: 200, requestId };
        },
        ...more,
      };
    },
  };
}

const file = `gatehouse: 1
region: eu
products:
  - slug: tides
    name: Tides
    documents: [{ slug: start, title: Start, content: High at noon. }]
    versions: [{ name: v1, specification: tides.json }]
portals:
  - name: coast
    displayName: Coast
`;

/** Applies `to` where `from` was applied before. */
function applied(from: string, to: string): (scene: Scene) => Promise<() => Promise<void>> {
  return async ({ whole }) => {
    const { db, commit, clock } = whole.server.deps;
    const apply = async (content: string): Promise<void> => {
      const folder = await mkdtemp(join(tmpdir(), 'gatehouse-portal-file-'));
      try {
        await writeFile(join(folder, 'portal.yaml'), content);
        const title = content === from ? 'Tides' : 'Tides of the coast';
        const specification = { openapi: '3.1.0', info: { title, version: '1' }, paths: {} };
        await writeFile(join(folder, 'tides.json'), JSON.stringify(specification));
        const loaded = await readPortalFile(join(folder, 'portal.yaml'));
        await applyPortalFile(loaded, { db, commit, clock, actor: 'system' });
      } finally {
        await rm(folder, { recursive: true });
      }
    };
    await apply(from);
    return () => apply(to);
  };
}

const changedFile = file
  .replace('High at noon.', 'Low at noon.')
  .replace('    name: Tides\n', '    name: Tides\n    labels: { team: sea }\n')
  .replace('  - name: coast\n', '  - name: coast\n    hosts: [coast.example.com]\n');

export const commandActs: readonly Act[] = [
  command(
    'apply',
    [
      'version.specification_changed',
      'product.labels_changed',
      'product.documents_changed',
      'portal.hosts_changed',
    ],
    applied(file, changedFile),
  ),
  command(
    'admin role',
    ['changed'],
    async ({ addAdmin, whole }) => {
      const { email } = await addAdmin();
      return () =>
        whole.server.deps.commit((change) =>
          changeRole(change, { email, role: 'viewer' }, { actor: 'system' }),
        );
    },
    { changes: [{ field: 'role', before: 'owner', after: 'viewer' }] },
  ),
  command('token create --gateway', ['token.made'], async ({ whole, shop }) => {
    const { deps } = whole.server;
    return () => createGatewayToken(deps, { gateway: shop.gateway.id, fingerprint: deps.key.fingerprint });
  }),
];
