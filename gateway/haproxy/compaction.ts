/**
 * When overlays are moved into the bulk maps. Sending a bulk anew takes HAProxy's attention, so it waits for a quiet
 * moment; only an overlay that makes every change slow to write is not waited for.
 */

const worthwhile = 2_000;
const quietFor = 60_000;
const tooLarge = 20_000;

export function compactionDue(entries: number, quietMilliseconds: number): boolean {
  return entries >= tooLarge || (entries >= worthwhile && quietMilliseconds >= quietFor);
}
