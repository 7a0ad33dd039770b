/** A backup that the change log knows of: who has one has everybody's data. */
import { basename } from 'node:path';
import type { Pool } from 'pg';
import type { Commit } from '../changelog/commit.ts';
import { isoTime } from '../config/deps.ts';
import { migrationNames } from '../db/migrate.ts';
import { makeBackup, type MadeBackup } from './make.ts';

export interface BackupNeeds {
  readonly pool: Pool;
  readonly commit: Commit;
  readonly clock: () => number;
}

export interface LoggedBackup extends MadeBackup {
  /** False for a database of an earlier shape, which this release must not write to before it is brought up to date. */
  readonly logged: boolean;
}

/** Throws `backup_exists` or `backup_failed`. */
export async function backupAndLog(
  { pool, commit, clock }: BackupNeeds,
  path: string,
): Promise<LoggedBackup> {
  const made = await makeBackup(pool, path, isoTime(clock()));
  const { epoch, seq, migrations } = made.manifest;
  if (migrations.length < migrationNames.length) return { ...made, logged: false };
  await commit(async (change) => {
    const details = { file: basename(path), bytes: made.bytes, epoch, seq };
    change.event({ name: 'backup.made', details, cause: { actor: 'system' } });
  });
  return { ...made, logged: true };
}
