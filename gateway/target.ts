/**
 * What an agent enforces with. The agent persists first, then hands over; the target says when traffic meets it, and only
 * then is the cursor acknowledged. None of the calls rejects: what a target cannot do now it does as soon as it can, and
 * says so in its health.
 */
import type { GatewayLine } from '../domain/wire/gateway.ts';
import type { Held } from './state/store.ts';

export interface Target {
  /** Takes over the state as a whole: at start, and after each snapshot. */
  load(held: Held): Promise<void>;
  /** Takes over changes; `held` already includes them. */
  apply(lines: readonly GatewayLine[], held: Held): Promise<void>;
  /** The state was verified to be current again; nothing else changed. */
  refresh(held: Held): Promise<void>;
  /** Whether traffic meets the newest state, and if not, why: one sentence for the operator. */
  health(): { readonly live: boolean; readonly detail: string };
  close(): Promise<void>;
}

export interface TargetContext {
  /** What is held now, null before the first verified state. */
  readonly held: () => Held | null;
  /** To be called whenever traffic has come to meet what is held. */
  readonly enforced: () => void;
  /** To be called whenever something could not be done at once. */
  readonly failed: () => void;
}
