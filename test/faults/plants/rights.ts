/** Faults of who may see and do what. */
import type { Plant } from '../plant.ts';

const limited = 'sync-server/replication/limited.ts';

const scopes: readonly Plant[] = [
  {
    fault: 'no product filter in frames',
    file: limited,
    find: ' and (c.seen_after && ${products} or c.seen_before && ${products})`',
    replace: '`',
    check: 'scoped-replicas',
  },
  {
    fault: 'no tombstone for what leaves a scope',
    file: limited,
    find: "case when c.seen_after && ${products} then l.payload else 'null'::bytea end",
    replace: 'l.payload',
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
    find: ' and product_id = any(array[${listed}]::uuid[])',
    replace: '',
    check: 'scoped-replicas',
  },
];

export const rightsPlants: readonly Plant[] = [...scopes];
