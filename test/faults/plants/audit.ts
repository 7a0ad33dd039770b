/** Faults that leave a change, or a part of what is known of it, out of the log. */
import type { Plant } from '../plant.ts';

const check = 'audit-complete';
const entries = 'sync-server/changelog/entries.ts';

export const auditPlants: readonly Plant[] = [
  {
    fault: 'a device is removed without a word',
    file: 'sync-server/admins/people.ts',
    find: "  change.event({\n    name: 'device.revoked',",
    replace: "  if (device === '') change.event({\n    name: 'device.revoked',",
    check,
  },
  {
    fault: 'a portal file changes documents without a word',
    alone: true,
    file: 'sync-server/portalfile/apply.ts',
    find: '    tellAttached(change, plan.attached, deps.actor);\n',
    replace: '',
    check,
  },
  {
    fault: 'refused decisions leave no entry',
    file: 'sync-server/decisions/outcomes.ts',
    find: '    answered.map(({ outcome, cause, intent, portalId }) => ({',
    replace:
      "    answered.filter(({ outcome }) => outcome.kind !== 'refused').map(({ outcome, cause, intent, portalId }) => ({",
    check,
  },
  {
    fault: 'nobody knows from where',
    file: entries,
    find: '    ...origin,\n',
    replace: "    ...origin, address: 'system',\n",
    check,
  },
  {
    fault: 'a batch is forgotten',
    file: entries,
    find: 'batch: cause.batch ?? null,',
    replace: 'batch: null,',
    check,
  },
  {
    fault: 'nobody knows when it was decided',
    file: entries,
    find: '    ...(cause.decidedAt === undefined ? {} : { decidedAt: cause.decidedAt }),\n',
    replace: '',
    check,
  },
  {
    fault: 'nobody knows what was there before',
    file: 'sync-server/audit/items.ts',
    find: 'const previous = parseImage(entry.earlier);',
    replace: 'const previous = null;',
    check,
  },
  {
    fault: 'a route that changes something and that nobody tries',
    file: 'sync-server/app.ts',
    find: '  await app.register(watchingRoutes(deps));\n',
    replace:
      "  app.post('/api/admin/v1/anything', async () => ({}));\n  await app.register(watchingRoutes(deps));\n",
    check,
  },
];
