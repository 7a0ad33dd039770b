/**
 * How long verified state may be used without hearing from the server. Counted from the server's own `issuedAt`, so that
 * a replayed old answer prolongs nothing, and never from a moment that this gateway's clock has not reached yet.
 */

/** Seconds, where a service sets none: a week of outage closes no API by itself. */
export const defaultMaxStaleness = 7 * 24 * 3600;

/** An answer is as old as the last poll; a shorter limit would refuse calls while all is well. */
const leastStaleness = 5;

/** The moment (milliseconds since 1970) from which a service is refused as stale. */
export function freshUntil(verifiedAt: number, maxStaleness: number | null): number {
  return verifiedAt + effectiveStaleness(maxStaleness) * 1000;
}

/** Seconds, with the default and the lower bound applied. */
export function effectiveStaleness(maxStaleness: number | null): number {
  return Math.max(maxStaleness ?? defaultMaxStaleness, leastStaleness);
}

/** What an answer proves: the state was the server's at that moment. Later proofs never take back earlier ones. */
export function verifiedAt(issuedAt: string, now: number, before: number): number {
  return Math.max(before, Math.min(Date.parse(issuedAt), now));
}
