/** Faults that kills bring to light. */
import type { Plant } from '../plant.ts';

export const killPlants: readonly Plant[] = [
  {
    fault: 'what was sent once is not offered again',
    file: 'main/core/decisions/decisions.ts',
    find: '!(sent || ended ||',
    replace: 'sent || !(ended ||',
    check: 'server-killed',
  },
  {
    fault: 'the change log does not survive a crash (an unlogged table)',
    file: 'sync-server/db/migrations/0001-initial.ts',
    find: 'create table change_log (',
    replace: 'create unlogged table change_log (',
    check: 'database-killed',
  },
  {
    fault: 'nobody listens to a connection that breaks',
    alone: true,
    file: 'sync-server/db/connect.ts',
    find: "pool.on('connect', (client) => client.on('error', () => undefined));",
    replace: '',
    check: 'database-killed',
  },
  {
    fault: 'a decision shows before it is in the journal',
    file: 'main/core/journal/journal.ts',
    find: 'await file.append(fresh);',
    replace: 'setTimeout(() => void file.append(fresh), 100);',
    check: 'desk-killed',
  },
  {
    fault: 'the journal is not read at the start',
    file: 'main/core/journal/journal.ts',
    find: 'for (const entry of entries) state.add(entry);',
    replace: '',
    check: 'desk-killed',
  },
  {
    fault: 'a broken connection is not made again',
    file: 'main/core/sync/sync.ts',
    find: 'await rest(pause + backoff(failures, needs.random));',
    replace: 'return;',
    check: 'cut-mid-frame',
  },
  {
    fault: 'an approval stands on whatever basis it was made',
    file: 'domain/decide.ts',
    find: 'if (old.length > 0) return overtaken(view, intent, target, old);',
    replace: '',
    check: 'away',
  },
  {
    fault: 'a decision that waited for a week is not offered any more',
    alone: true,
    file: 'main/core/decisions/decisions.ts',
    find: '      const { intent, sent } = entry;\n',
    replace:
      '      const { intent, sent } = entry;\n      if (now - Date.parse(intent.decidedAt) > 604_800_000) continue;\n',
    check: 'away',
  },
  {
    fault: 'the server has room for fifty sockets only',
    alone: true,
    file: 'sync-server/replication/sockets.ts',
    find: 'total: 5_000,',
    replace: 'total: 50,',
    check: 'reconnects',
  },
];
