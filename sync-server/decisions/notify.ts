/** How the requester hears of a decision: told within the commit that decides, so that no mail is lost or sent for nothing. */
import type { Row } from '../../domain/entities.ts';
import type { Action, TargetKind } from '../../domain/states.ts';
import type { Change } from '../changelog/commit.ts';

/** One decision that was applied. */
export interface DecisionFact {
  readonly kind: TargetKind;
  /** The target's id. */
  readonly id: string;
  /** What was done: a reject that met an approval is a revoke. */
  readonly action: Action;
  readonly reason: string | null;
  /** The requester, and what the target is or belongs to, as they are after the decision (deleted: as they were). */
  readonly developer: Row<'developer'>;
  readonly application: Row<'application'> | null;
  readonly registration: Row<'registration'> | null;
  readonly credential: Row<'credential'> | null;
}

/** Called once a slice, with its applied decisions in order, before their rows are written. */
export type Notify = (change: Change, facts: readonly DecisionFact[]) => Promise<void>;
