/** Faults that hide from who watches a server how it is, or show what nobody should see. */
import type { Plant } from '../plant.ts';

const check = 'watching';

export const watchingPlants: readonly Plant[] = [
  {
    fault: 'ready with whatever database',
    file: 'sync-server/watching/ready.ts',
    find: "  if (!(await sameShape(deps))) return 'migrations_differ';\n",
    replace: '',
    check,
  },
  {
    fault: 'nobody sees how far desks are',
    file: 'sync-server/watching/gauges.ts',
    find: '      show(device, await deviceLags(deps, head));\n',
    replace: '',
    check,
  },
  {
    fault: 'every outcome counts as applied',
    file: 'sync-server/metrics/metrics.ts',
    find: 'outcomes.inc({ kind })',
    replace: "outcomes.inc({ kind: 'applied' })",
    check,
  },
  {
    fault: 'nobody sees how slow desks’ disks are',
    file: 'sync-server/replication/sync.ts',
    find: "    socket.on('ping', (payload) => reports.heard(device, payload));\n",
    replace: '',
    check,
  },
  {
    fault: 'dead letters count as waiting',
    alone: true,
    file: 'sync-server/watching/queues.ts',
    find: "waits: 'delivered_at is null and dead_at is null'",
    replace: "waits: 'delivered_at is null'",
    check,
  },
  {
    fault: 'a series for every address that is asked for',
    file: 'sync-server/http/observe.ts',
    find: 'route: route ?? noRoute, status',
    replace: 'route: route ?? request.url, status',
    check,
  },
  {
    fault: 'metrics for everybody behind a balancer',
    file: 'sync-server/watching/access.ts',
    find: '          !forwarded.some((name) => headers[name] !== undefined)',
    replace: '          true',
    check,
  },
  {
    fault: 'addresses in the log, with what they carry',
    file: 'sync-server/http/observe.ts',
    find: 'request.log.info({ method, route,',
    replace: 'request.log.info({ method, route: request.url,',
    check,
  },
  {
    fault: 'a client chooses its request’s id',
    file: 'sync-server/http/request-id.ts',
    find: ' && contains(places, from);',
    replace: ' && from !== places.constructor.name;',
    check,
  },
  {
    fault: 'lines of the log that belong to no request',
    file: 'sync-server/http/server.ts',
    find: "requestIdLogLabel: 'request'",
    replace: "requestIdLogLabel: 'reqId'",
    check,
  },
  {
    fault: 'an error tells the log an address with its credentials',
    file: 'sync-server/config/log.ts',
    find: "return text?.replace(inAddresses, '$1$2');",
    replace: 'return text;',
    check,
  },
];
