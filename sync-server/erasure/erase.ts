/**
 * Erases a person: first what stands is deleted like any deletion, then its traces are taken out. A crash in between loses
 * nothing: the second half finds the rest when it is asked for again.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import type { Cause } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import { mailFolder } from '../mail/transport.ts';
import { deleteDeveloper } from './delete.ts';
import { idsOf } from './find.ts';
import { forgetDeveloper } from './forget.ts';
import { noteErasure } from './log.ts';

export interface Erased {
  readonly developer: string;
  /** How many parts of the log, and how many mails, were taken out. */
  readonly payloads: number;
  readonly contexts: number;
  readonly mails: number;
}

/** Throws `not_found` for whom the server has never known, and `secrets_key_wrong`; nothing is changed then. */
export async function eraseDeveloper(
  { db, commit, config, sealer }: Pick<Deps, 'db' | 'commit' | 'config' | 'sealer'>,
  developer: string,
  cause: Cause,
): Promise<Erased> {
  await sealer.ready();
  if ((await idsOf(db, developer)).length === 0) throw new GatehouseError('not_found');
  await noteErasure(config.dataDir, developer);
  await commit((change) => deleteDeveloper(change, developer, cause));
  const ids = await idsOf(db, developer);
  const { payloads, contexts, mails } = await commit((change) =>
    forgetDeveloper(change, sealer, developer, ids, cause),
  );
  for (const id of mails) await rm(join(mailFolder(config.dataDir), `${id}.eml`), { force: true });
  return { developer, payloads: payloads.length, contexts: contexts.length, mails: mails.length };
}
