/** The closings log beside the commits: made at the start, and carried along when a restore reads another one. */
import type { Cursor } from '../../domain/cursor.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';
import { withLog } from './file.ts';
import type { Line } from './lines.ts';
import { readClosings, type KnownClosings } from './read.ts';

/**
 * Says in the log that it is kept for this database, so that a server on which nothing was closed yet is told from one
 * whose log is lost, and notes where lines have gone. Answers whether some have. Throws `closings_unwritable` or
 * `closings_damaged`.
 */
export async function ensureClosingsLog(db: Db, path: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { epoch, seq } = await trx.selectFrom('logHead').selectAll().forUpdate().executeTakeFirstOrThrow();
    const { id: history } = await trx.selectFrom('history').select('id').executeTakeFirstOrThrow();
    const known = await readClosings(path, history);
    const gone = known?.files.some(({ since }) => since === null) ?? false;
    await addLines(path, (lost) =>
      known && !gone && !lost ? [] : [keptLine(history, { epoch, seq }, gone || lost)],
    );
    return gone;
  });
}

function keptLine(history: string, since: Cursor, lost: boolean): Line {
  return { v: 1, history, since, ...(lost ? { lost } : {}) };
}

/**
 * Adds to the log at `path` what it does not hold yet of `known`, which is all that was closed since `since`; null where
 * some of it is not known, up to `until`. The caller has the database to itself. Throws `closings_unwritable` or
 * `closings_damaged`.
 */
export async function carryClosings(
  path: string,
  history: string,
  {
    known,
    since,
    until,
  }: { readonly known: KnownClosings; readonly since: Cursor | null; readonly until: Cursor },
): Promise<void> {
  const found = await readClosings(path, history);
  const there = new Set(found?.closings.map(({ hash }) => hash));
  const missing = known.closings.filter(({ hash }) => !there.has(hash));
  const first = found === null && since !== null ? [keptLine(history, since, false)] : [];
  const last = since === null ? [keptLine(history, until, true)] : [];
  await addLines(path, () => [...first, ...missing, ...last]);
}

async function addLines(path: string, lines: (lost: boolean) => readonly Line[]): Promise<void> {
  try {
    await withLog(path, {}, async ({ lost, append }) => {
      const added = lines(lost);
      if (added.length > 0) await append(added);
    });
  } catch (error) {
    throw new GatehouseError('closings_unwritable', { cause: error });
  }
}
