/** Faults of backups, restores and what is kept for them. */
import type { Plant } from '../plant.ts';

export const backupPlants: readonly Plant[] = [
  {
    fault: 'a restore does not replay the closings',
    file: 'sync-server/backup/restore.ts',
    find: 'const closedAgain = await replayClosings(change, rows);',
    replace: 'const closedAgain = 0;',
    check: 'old-backup',
  },
  {
    fault: 'the log of closings is not synced',
    file: 'sync-server/closings/file.ts',
    find: '          await sync(file);\n',
    replace: '',
    check: 'old-backup',
  },
  {
    fault: 'deleted keys are not in the log of closings',
    file: 'sync-server/closings/closed.ts',
    find: 'gone || mayClose(kind, row)',
    replace: '!gone && mayClose(kind, row)',
    check: 'old-backup',
  },
  {
    fault: 'a restore does not raise the epoch',
    file: 'sync-server/backup/restore.ts',
    find: "await db.updateTable('logHead').set({ epoch }).execute();",
    replace: '',
    check: 'old-backup',
  },
  {
    fault: 'what was closed before the backup is closed again',
    file: 'sync-server/backup/unaccounted.ts',
    find: 'if (isAccounted(state, closing)) continue;',
    replace: '',
    check: 'old-backup',
  },
  {
    fault: 'the desk does not offer again what a restore took back',
    file: 'main/core/sync/connection.ts',
    find: 'const ready = offerAgain(welcome.epoch);',
    replace: 'const ready = Promise.resolve();',
    check: 'old-backup',
  },
  {
    fault: 'a backup does not read all tables at one moment',
    file: 'sync-server/backup/make.ts',
    find: 'begin isolation level repeatable read read only',
    replace: 'begin',
    check: 'restore-equal',
  },
  {
    fault: 'a backup leaves a table out',
    file: 'sync-server/backup/tables.ts',
    find: '  and c.relname <> all ($1::text[])\n',
    replace: "  and c.relname <> all ($1::text[] || array['intent_outcomes', 'developer_secrets'])\n",
    check: 'restore-equal',
  },
  {
    fault: 'the digests of a backup are not checked',
    file: 'sync-server/backup/open.ts',
    find: "if (digest.digest('hex') !== table.sha256) throw",
    replace: 'if (table.rows < 0) throw',
    check: 'restore-equal',
  },
  {
    fault: 'fsync may be off',
    file: 'sync-server/db/durability.ts',
    find: "fsync: ['on'],",
    replace: "fsync: ['on', 'off'],",
    check: 'unsafe-settings',
  },
  {
    fault: 'the settings are not looked at',
    file: 'sync-server/database.ts',
    find: 'await assertDurable(pool);',
    replace: '',
    check: 'unsafe-settings',
  },
];
