/** Whether an agent's gateway does what it is for, in one word. */
import type { ErrorCode } from '../../domain/error-codes.ts';
import type { AgentStatus } from '../agent.ts';

export const freshnesses = ['none', 'fresh', 'stale'] as const;
export type Freshness = (typeof freshnesses)[number];

/** `stale` where the state is too old for some service at least, so that its calls are refused. */
export function freshnessOf({ cursor, staleServices }: AgentStatus): Freshness {
  if (cursor === null) return 'none';
  return staleServices > 0 ? 'stale' : 'fresh';
}

/** Null where calls meet the newest verified state, else why not. A server that is away is none of it: keys work on. */
export function unready(status: AgentStatus): ErrorCode | null {
  const freshness = freshnessOf(status);
  if (freshness === 'none') return 'gateway_not_ready';
  if (freshness === 'stale') return 'gateway_stale';
  return status.target.live ? null : 'target_behind';
}
