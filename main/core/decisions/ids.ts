/** Ids that rise strictly, also within one millisecond, so that of two decisions of this desk the newer is known. */
import { uuidv7 } from '../../../domain/ids.ts';
import type { Clock, Random } from '../ports.ts';

/** The twelve bits behind the time count; at their end the next millisecond is taken early. */
const perMillisecond = 4_096;

export function idMaker(clock: Clock, random: Random): () => string {
  let time = 0;
  let count = 0;
  return () => {
    const now = clock.now();
    count = now > time ? 0 : count + 1;
    time = Math.max(time, now);
    if (count === perMillisecond) {
      time++;
      count = 0;
    }
    const bytes = new Uint8Array(random(10));
    bytes[0] = count >> 8;
    bytes[1] = count & 0xff;
    return uuidv7(time, bytes);
  };
}
