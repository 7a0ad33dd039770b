/** Faults of who may see and do what. */
import type { Plant } from '../plant.ts';

const scopes: readonly Plant[] = [
  {
    fault: 'no product filter in frames',
    file: 'sync-server/replication/limited.ts',
    find: ' or c.seen_before && ',
    replace: ' or true or c.seen_before && ',
    check: 'scoped-replicas',
  },
  {
    fault: 'no tombstone for what leaves a scope',
    file: 'sync-server/replication/limited.ts',
    find: 'case when c.seen_after && ',
    replace: 'case when true or c.seen_after && ',
    check: 'scoped-replicas',
  },
  {
    fault: 'a registration does not bring its developer along',
    file: 'sync-server/scopes/affected.ts',
    find: "      candidates.add('developer', row.developerId, seq);\n    } else",
    replace: '    } else',
    check: 'scoped-replicas',
  },
  {
    fault: 'a scope opens before it is filled in',
    file: 'sync-server/scopes/scope.ts',
    find: "    .where('open', '=', true)\n",
    replace: '',
    check: 'scoped-replicas',
  },
  {
    fault: 'what changes while a scope is filled in is not kept',
    file: 'sync-server/scopes/kept.ts',
    find: 'from watched_products where not clearing\n    union all',
    replace: 'from watched_products where open\n    union all',
    check: 'scoped-replicas',
  },
  {
    fault: 'what was kept of a product counts when it is given back',
    alone: true,
    file: 'sync-server/scopes/watch.ts',
    find: 'const cleared = await clearMembers(db, productId, left);',
    replace: 'const cleared = await clearMembers(db, productId, 0);',
    check: 'scoped-replicas',
  },
  {
    fault: 'a version with many registrations leaves what it brought behind',
    file: 'sync-server/scopes/projection.ts',
    find: '  await beginAnew(db, [...anew]);\n',
    replace: '',
    check: 'scoped-replicas',
  },
  {
    fault: 'a snapshot with the rows of all products',
    alone: true,
    file: 'sync-server/replication/plan.ts',
    find: ' and product_id = any(array[',
    replace: ' or product_id = any(array[',
    check: 'scoped-replicas',
  },
];

const intents: readonly Plant[] = [
  {
    fault: 'the admins of one desk share a journal',
    alone: true,
    file: 'main/core/journal/journal.ts',
    find: "admin}`).digest('hex')",
    replace: "admin.slice(0, 0)}`).digest('hex')",
    check: 'swallowed-intents',
  },
  {
    fault: 'a desk takes answers to other devices for its own',
    file: 'main/core/sync/replication.ts',
    find: 'needs.isOwn(item.device) ? [item.outcome] : []',
    replace: '[item.outcome]',
    check: 'swallowed-intents',
  },
  {
    fault: 'an intent is known by its id, whichever device it came from',
    file: 'sync-server/decisions/outcomes.ts',
    find: "    .where('device', '=', device)\n",
    replace: '',
    check: 'swallowed-intents',
  },
  {
    fault: 'a device may speak for another one',
    file: 'sync-server/decisions/former.ts',
    find: 'if (intent.device === device) return null;',
    replace: "if (intent.device === device || digest !== '') return null;",
    check: 'swallowed-intents',
  },
];

const matrix: readonly Plant[] = [
  {
    fault: 'another’s device is forbidden, and so known to be there',
    file: 'sync-server/admins/people.ts',
    find: "  if (!revoked) throw new GatehouseError('not_found');",
    replace:
      "  const there = await change.db.selectFrom('devices').select('id').where('id', '=', device).executeTakeFirst();\n  if (!revoked) throw new GatehouseError(there ? 'forbidden' : 'not_found');",
    check: 'rights-matrix',
  },
  {
    fault: 'no rights check on decisions',
    file: 'sync-server/decisions/ingest.ts',
    find: 'allowed: mayDecide(admin.role, intent.action, intent.target.kind),',
    replace: 'allowed: true,',
    check: 'rights-matrix',
  },
  {
    fault: 'a product owner decides about every product',
    file: 'sync-server/decisions/seen.ts',
    find: "if (admin.role !== 'product-owner') return () => true;",
    replace: 'if (rows.registration.size >= 0) return () => true;',
    check: 'rights-matrix',
  },
  {
    fault: 'the audit asks for no role',
    alone: true,
    file: 'sync-server/audit/routes.ts',
    find: "adminOnly(deps, 'owner')",
    replace: 'adminOnly(deps)',
    check: 'rights-matrix',
  },
  {
    fault: 'a developer’s session opens the Admin API',
    file: 'sync-server/admins/access.ts',
    find: 'const session = await sessionOfToken',
    replace:
      "const session = request.headers.cookie?.includes('portalaccesstoken') ? { admin: { id: '', role: 'owner' }, device: null, scope: { name: 'all', limit: null }, copy: null } : await sessionOfToken",
    check: 'rights-matrix',
  },
  {
    fault: 'a removed device is let in',
    file: 'sync-server/admins/sessions.ts',
    find: "if (found.revokedAt !== null) throw new GatehouseError('device_revoked');",
    replace: '',
    check: 'rights-matrix',
  },
  {
    fault: 'an access token never ends',
    file: 'sync-server/admins/sessions.ts',
    find: "if (found.accessUntil <= isoTime(clock())) throw new GatehouseError('token_expired');",
    replace: '',
    check: 'rights-matrix',
  },
  {
    fault: 'chunks of every scope’s snapshot',
    file: 'sync-server/replication/snapshots.ts',
    find: 'found?.scope === scope.name && ',
    replace: 'found && ',
    check: 'rights-matrix',
  },
  {
    fault: 'another device’s intent document is taken',
    file: 'sync-server/replication/reception.ts',
    find: 'if (name !== own && name !== feed.name)',
    replace: "if (name !== own && name !== feed.name && !name.startsWith('intents/'))",
    check: 'rights-matrix',
  },
  {
    fault: 'a route that nobody put into the table',
    file: 'sync-server/app.ts',
    find: '  await app.register(watchingRoutes(deps));\n',
    replace:
      "  app.get('/api/admin/v1/everything', async () => ({}));\n  await app.register(watchingRoutes(deps));\n",
    check: 'rights-matrix',
  },
];

export const rightsPlants: readonly Plant[] = [...scopes, ...intents, ...matrix];
