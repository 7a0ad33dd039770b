/** What the agent tells as it goes, for whoever counts. */
import type { ErrorCode } from '../../domain/error-codes.ts';

export interface AgentEvents {
  /** An exchange with the server was right, news or not. */
  polled(): void;
  /** One was not. */
  pullFailed(code: ErrorCode): void;
  /** The target has been given the state as a whole, or changes; `seconds`: until it returned. */
  applied(what: 'snapshot' | 'changes', seconds: number): void;
  /** The target could not do something; it tries again. */
  targetFailed(): void;
}

export const nobodyCounts: AgentEvents = {
  polled: () => undefined,
  pullFailed: () => undefined,
  applied: () => undefined,
  targetFailed: () => undefined,
};
