/**
 * `closings.log`: what closed access, outside of the database, so that an older backup brings none of it back.
 *
 * A commit that closes something writes its line, synced, before it becomes durable and thus before anybody can hear of
 * it. The head's lock is held meanwhile, so servers on one database never write at the same time, to one file or to
 * several. A line whose commit failed is taken back when the next one is written; until then it counts: what may have
 * been closed stays closed.
 *
 * How far the log went is known twice: each line names the one before it and `closings.head` the last (see head.ts), so
 * that a file which was cut is told from a whole one also where the database is gone; and the database names the last
 * commit that closed something, to whichever file, so that a log which is missing or too old is missed.
 */
import { GatehouseError } from '../../domain/errors.ts';
import type { BeforeDurable, Change } from '../changelog/commit.ts';
import { closedRows } from './closed.ts';
import { withLog, type Sync } from './file.ts';
import type { Closing, Line } from './lines.ts';

/** What a commit does with the rows that it changed. Throws `closings_unwritable`, and so nothing is committed. */
export function writeClosings(path: string, sync?: Sync): BeforeDurable {
  let settled = false;
  return async ({ db, now }, rows, ended) => {
    const closed = closedRows(rows);
    if (closed.length === 0 && ended.length === 0) return;
    const { epoch, seq, hash, id } = await db
      .selectFrom(['logHead', 'history'])
      .select(['epoch', 'seq', 'hash', 'id'])
      .executeTakeFirstOrThrow();
    const closing: Closing = {
      v: 1,
      history: id,
      epoch,
      seq,
      hash: hash.toString('hex'),
      at: now,
      closed,
      ...(ended.length > 0 ? { ended: [...ended] } : {}),
    };
    try {
      await withLog(path, { settled, ...(sync ? { sync } : {}) }, async ({ last, lost, append }) => {
        // What this very commit closes is in the line behind it.
        const kept: Line = { v: 1, history: id, since: { epoch, seq: seq - 1 }, ...(lost ? { lost } : {}) };
        const failed = last && 'closed' in last && !(await isDurable(db, last)) ? last : null;
        await append([
          ...(lost || last === null ? [kept] : []),
          ...(failed ? [{ v: 1, undone: failed.hash } as const] : []),
          closing,
        ]);
      });
      settled = true;
    } catch (error) {
      throw new GatehouseError('closings_unwritable', { cause: error });
    }
    await db.updateTable('history').set({ closingEpoch: epoch, closingSeq: seq }).execute();
  };
}

/** Whether the commit of an earlier line came through. What was of another epoch is settled by the restore in between. */
async function isDurable(db: Change['db'], { epoch, seq, hash }: Closing): Promise<boolean> {
  const head = await db.selectFrom('logHead').select(['epoch', 'seq']).executeTakeFirstOrThrow();
  if (head.epoch !== epoch) return true;
  if (seq > head.seq) return false;
  const entry = await db.selectFrom('changeLog').select('hash').where('seq', '=', seq).executeTakeFirst();
  return entry === undefined || entry.hash.toString('hex') === hash;
}
