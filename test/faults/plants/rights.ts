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
    fault: 'a snapshot with the rows of all products',
    file: 'sync-server/replication/plan.ts',
    find: ' and product_id = any(array[',
    replace: ' or product_id = any(array[',
    check: 'scoped-replicas',
  },
];

const intents: readonly Plant[] = [
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
    file: 'sync-server/decisions/ingest.ts',
    find: 'if (intent.device === device) return null;',
    replace: 'if (intent.id !== now) return null;',
    check: 'swallowed-intents',
  },
];

export const rightsPlants: readonly Plant[] = [...scopes, ...intents];
