/** One slice of intents as one commit, by whoever the session says at that very moment. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Intent } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import { maxOutstanding } from '../../domain/wire/sync.ts';
import { liveSession } from '../admins/sessions.ts';
import type { Deps } from '../config/deps.ts';
import { createLimit } from '../http/limit.ts';
import { ingest } from './ingest.ts';
import type { Notify } from './notify.ts';

/** An admin on a device. */
export interface Origin {
  readonly adminId: string;
  readonly device: string;
}

export type DecideSlice = (from: Origin, intents: readonly Intent[]) => Promise<Outcome[]>;

/**
 * Refused outcomes are logged like all others, so a device may only cause so many: two for each that it may have
 * outstanding, ten times an hour.
 */
const refusedAnHour = maxOutstanding * 20;

/** Throws `unauthenticated` once the session, the admin or the device has gone, and `rate_limited`. */
export function createAuthority(deps: Pick<Deps, 'commit' | 'clock'>, notify: Notify): DecideSlice {
  const { commit, clock } = deps;
  const refusals = createLimit(refusedAnHour, 60 * 60);
  return async ({ adminId, device }, intents) => {
    await refusals.check(device);
    const outcomes = await commit(async (change) => {
      const session = await liveSession({ db: change.db, clock }, adminId, device);
      if (!session) throw new GatehouseError('unauthenticated');
      return ingest(change, { admin: session.admin, device }, intents, notify);
    });
    await refusals.count(device, outcomes.filter(({ kind }) => kind === 'refused').length);
    return outcomes;
  };
}
