/** The closings log beside the commits: made at the start, and carried along when a restore reads another one. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';
import { encodeLine, type Closing } from './lines.ts';
import { readClosings } from './read.ts';

/**
 * Says in the log that it is kept for this database, so that a server on which nothing was closed yet is told from one
 * whose log is lost. Throws `closings_unwritable` or `closings_damaged`.
 */
export async function ensureClosingsLog(db: Db, path: string): Promise<void> {
  const { id } = await db.selectFrom('history').select('id').executeTakeFirstOrThrow();
  await carryClosings(path, id, []);
}

/** Adds to the log at `path` what it does not hold yet. Throws `closings_unwritable` or `closings_damaged`. */
export async function carryClosings(
  path: string,
  history: string,
  closings: readonly Closing[],
): Promise<void> {
  const found = await readClosings(path, history);
  const known = new Set(found?.map(({ hash }) => hash));
  const missing = closings.filter(({ hash }) => !known.has(hash));
  const lines = [...(found ? [] : [{ v: 1, history } as const]), ...missing];
  await addLines(path, lines.map(encodeLine).join(''));
}

async function addLines(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a', 0o600);
    await file.appendFile(text);
    await file.sync();
    await file.close();
  } catch (error) {
    throw new GatehouseError('closings_unwritable', { cause: error });
  }
}
