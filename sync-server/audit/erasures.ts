/** Which persons were erased: copies made before are not to be handed out any more. */
import type { Db } from '../db/schema.ts';
import type { Wake } from '../changelog/wake.ts';
import { startRounds } from '../rounds/rounds.ts';

/** Up to which entry copies may hold somebody who was erased since; 0 for never. */
export async function lastErasure(db: Db): Promise<number> {
  const last = await db
    .selectFrom('erasures')
    .select('seq')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.seq ?? 0;
}

/** Soon enough for an erasure, seldom enough for a busy log. */
const pause = 2_000;

/** Calls `erased` with the last erasure, at the start and after each new one, by whichever process it was made. */
export function watchErasures(
  db: Db,
  wake: Wake,
  erased: (seq: number) => Promise<void>,
): { stop(): Promise<void> } {
  let known = 0;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const seq = await lastErasure(db);
    if (seq <= known) return;
    await erased(seq);
    known = seq;
  }

  // What fails is tried again at the next change.
  const rounds = startRounds(look, { failed: () => undefined });

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void rounds.now();
    }, pause);
  }

  const unsubscribe = wake.subscribe(soon);
  soon();
  return {
    async stop() {
      unsubscribe();
      clearTimeout(timer);
      await rounds.stop();
    },
  };
}
