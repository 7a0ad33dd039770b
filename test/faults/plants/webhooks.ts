/** Faults of webhooks. */
import type { Plant } from '../plant.ts';

const worker = 'sync-server/webhooks/worker.ts';

export const webhookPlants: readonly Plant[] = [
  {
    fault: 'another webhook-id at each try',
    file: worker,
    find: 'signedHeaders(delivery.id,',
    replace: 'signedHeaders(randomUUID(),',
    check: 'webhooks',
  },
  {
    fault: 'a delivery counts as arrived before it is sent',
    file: worker,
    find: 'const attempt = await deps.poster.post(',
    replace: 'await arrived(deps, endpoint, delivery);\n      const attempt = await deps.poster.post(',
    check: 'webhooks',
  },
  {
    fault: 'nobody takes over what a killed server was delivering',
    file: 'sync-server/webhooks/lease.ts',
    find: 'or leased_until < ',
    replace: 'or false and leased_until < ',
    check: 'webhooks',
  },
  {
    fault: 'every webhook is told everything',
    alone: true,
    file: 'sync-server/webhooks/projection.ts',
    find: 'isSubscribed(events, type)',
    replace: 'isSubscribed(["*", ...events], type)',
    check: 'webhooks',
  },
  {
    fault: 'signed with another hash than receivers expect',
    file: 'sync-server/webhooks/sign.ts',
    find: "createHmac('sha256', secret)",
    replace: "createHmac('sha512', secret)",
    check: 'webhooks',
  },
  {
    fault: 'what nobody takes is tried for ever',
    file: 'sync-server/webhooks/results.ts',
    find: 'const dead = now - Date.parse(due.triedSince) >= giveUpAfter;',
    replace: 'const dead = false;',
    check: 'webhooks',
  },
  {
    fault: 'dead letters stay where they are',
    file: 'sync-server/webhooks/deliveries.ts',
    find: '.set({ deadAt: null, attempts: 0,',
    replace: '.set({ attempts: 0,',
    check: 'webhooks',
  },
];
