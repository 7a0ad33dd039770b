/** `gatehouse backup` */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { databaseOptions } from '../options.ts';

export const backup = defineCommand({
  meta: {
    name: 'backup',
    description: 'Saves the whole database in one file, also while servers run',
  },
  args: {
    out: {
      type: 'string',
      valueHint: 'FILE|DIR',
      description:
        'The file, or the folder for one named by the time (GATEHOUSE_BACKUP_DIR, else DATA/backups)',
    },
    ...databaseOptions,
  },
  async run({ args }) {
    const { backupAndLog } = await import('../../backup/logged.ts');
    const { stamp } = await import('../../backup/schedule.ts');
    const { withDatabase } = await import('../with-database.ts');
    const made = await withDatabase(
      args,
      async (deps) => {
        const named = `gatehouse-${stamp(deps.clock())}.backup`;
        const out = resolve(args.out ?? deps.config.backupDir);
        const isFolder =
          args.out === undefined || (await stat(out).catch(() => null))?.isDirectory() === true;
        return backupAndLog(deps, isFolder ? join(out, named) : out);
      },
      // The backup before an upgrade must not be the upgrade.
      'as it is',
    );
    const { epoch, seq, tables } = made.manifest;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    // The path alone on standard output, so that a script can take it.
    process.stderr.write(
      `Saved ${rows.toLocaleString('en')} rows in ${made.bytes.toLocaleString('en')} bytes, as of ${epoch}:${seq}:\n`,
    );
    if (!made.logged) {
      process.stderr.write(
        `It has the shape of an earlier Gatehouse (${made.manifest.migrations.at(-1) ?? ''}) and was saved as it is; its log does not tell of it.\n`,
      );
    }
    process.stdout.write(`${made.path}\n`);
  },
});
