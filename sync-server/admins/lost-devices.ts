/**
 * Devices that a restore has forgotten: enrolled after the backup was made. Their desks may have their ids back, so that what
 * they decided can be offered again under the name that it had: an intent is known by device and id, so nothing is applied
 * twice, and a device belongs to the admin who signs in, so nobody decides in another's name.
 *
 * Whose the id was is not known any more. What somebody could gain by another's lost id is what they get by enrolling
 * anyway, a device of their own; the other's desk would be given a new one then. Revoked ones are remembered by the restore.
 */
import type { Db } from '../db/schema.ts';

/** By how much clocks of servers may differ, in milliseconds. */
const slack = 60_000;

/** When an id was made, in milliseconds; null for one that no server made. */
function madeAt(id: string): number | null {
  const digits = id.replaceAll('-', '');
  return digits.charAt(12) === '7' ? parseInt(digits.slice(0, 12), 16) : null;
}

/** Whether an id was given out in a time that a restore took back. */
export async function mayBeLost(db: Db, id: string): Promise<boolean> {
  const at = madeAt(id);
  if (at === null) return false;
  const spans = await db
    .selectFrom('epochs')
    .leftJoin('changeLog', 'changeLog.seq', 'epochs.startedAfter')
    .select(['epochs.startedAt as until', 'changeLog.at as from'])
    .where('epochs.epoch', '>', (eb) =>
      eb.selectFrom('epochs').select((min) => min.fn.min('epoch').as('first')),
    )
    .execute();
  return spans.some(({ from, until }) => {
    const start = from === null ? 0 : Date.parse(from);
    return at >= start - slack && at <= Date.parse(until) + slack;
  });
}
