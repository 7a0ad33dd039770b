/** A log of closings that ends where a line ends, and too early: nothing about it looks wrong but that it is not all. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { GatehouseError } from '../../../domain/errors.ts';
import { parseSettings } from '../../../sync-server/config/config.ts';
import { recover } from '../../../sync-server/recover.ts';
import { serverFolder } from '../../support/whole.ts';
import type { Findings } from '../check.ts';

/** Restores with the log one line shorter, on a machine that knows nothing else; the log is whole again afterwards. */
export async function tryCutLog(
  file: string,
  { closingsLog, closings }: { readonly closingsLog: string; readonly closings: string },
  findings: Findings,
  where: string,
): Promise<void> {
  const whole = await readFile(closingsLog, 'utf8');
  const dataDir = await serverFolder();
  try {
    await writeFile(closingsLog, whole.slice(0, whole.lastIndexOf('\n', whole.length - 2) + 1));
    const settings = parseSettings({ dataDir }, {});
    await recover(settings, { file, closings }).then(
      () => findings.add('unauthorised', `${where}: restored by a log of closings that lacks its last line`),
      (error: unknown) => {
        if (!(error instanceof GatehouseError && error.code === 'restore_reopens')) throw error;
      },
    );
  } finally {
    await writeFile(closingsLog, whole);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
