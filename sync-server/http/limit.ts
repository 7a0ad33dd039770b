/**
 * Limits how often something may be tried. Shared ones are counted in the database, for all server processes at once;
 * the others in this process alone, where a look at the database would cost more than it saves.
 */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { GatehouseError } from '../../domain/errors.ts';

export interface Limit {
  /** Counts one try; throws `rate_limited` where it is one too many. */
  use(key: string): Promise<void>;
  /** Throws `rate_limited` where the tries are used up already, without counting. */
  check(key: string): Promise<void>;
  /** Counts `tries` without ever refusing: for what is known only afterwards. */
  count(key: string, tries: number): Promise<void>;
  /** Forgets the tries, after one that was right. */
  forget(key: string): Promise<void>;
}

/** `rate_limited`, with the seconds to wait. */
export class RateLimited extends GatehouseError {
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('rate_limited');
    this.retryAfter = retryAfter;
  }
}

/** `tries` within `seconds` for each key, counted by this process. */
export function createLimit(tries: number, seconds: number): Limit {
  return over(new RateLimiterMemory({ points: tries, duration: seconds }), tries);
}

/** `tries` within `seconds` for each key, counted by all processes on the database; `name` tells limits apart. */
export function createSharedLimit(
  { pool }: { readonly pool: Pool },
  name: string,
  tries: number,
  seconds: number,
): Limit {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'limits',
    // The migrations make it.
    tableCreated: true,
    keyPrefix: name,
    points: tries,
    duration: seconds,
  });
  return over(limiter, tries, digest);
}

/** Keys hold addresses of people: what is stored tells none. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function over(limiter: RateLimiterAbstract, tries: number, stored = (key: string): string => key): Limit {
  return {
    async use(key) {
      try {
        await limiter.consume(stored(key));
      } catch (error) {
        if (error instanceof RateLimiterRes) throw new RateLimited(Math.ceil(error.msBeforeNext / 1000));
        throw error;
      }
    },
    async check(key) {
      const used = await limiter.get(stored(key));
      if (used && used.consumedPoints >= tries) throw new RateLimited(Math.ceil(used.msBeforeNext / 1000));
    },
    async count(key, count) {
      if (count > 0) await limiter.penalty(stored(key), count);
    },
    async forget(key) {
      await limiter.delete(stored(key));
    },
  };
}
