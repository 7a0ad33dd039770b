/** Limits how often something may be tried. Counted per process: enough to stop guessing, cheap enough to be everywhere. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
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

/** `tries` within `seconds` for each key. */
export function createLimit(tries: number, seconds: number): Limit {
  const limiter = new RateLimiterMemory({ points: tries, duration: seconds });
  return {
    async use(key) {
      try {
        await limiter.consume(key);
      } catch (error) {
        if (error instanceof RateLimiterRes) throw new RateLimited(Math.ceil(error.msBeforeNext / 1000));
        throw error;
      }
    },
    async check(key) {
      const used = await limiter.get(key);
      if (used && used.consumedPoints >= tries) throw new RateLimited(Math.ceil(used.msBeforeNext / 1000));
    },
    async count(key, count) {
      if (count > 0) await limiter.penalty(key, count);
    },
    async forget(key) {
      await limiter.delete(key);
    },
  };
}
