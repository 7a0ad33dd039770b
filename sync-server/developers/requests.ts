/** How a request's row begins, and how a rule approves it. */
import { autoApproveActor } from '../../domain/autoapprove.ts';
import type { Action } from '../../domain/states.ts';

/** A row on which nobody has decided. */
export const undecided = {
  revision: 1,
  contentRevision: 1,
  decidedRevision: 0,
  decidedBy: null,
  decidedAt: null,
  decidedAction: null,
  reason: null,
} as const;

/** The row once auto-approve has decided it: a decision like any other, by the rule. */
export function approvedByRule<R extends { readonly revision: number }>(row: R, now: string) {
  const action: Action = 'approve';
  return {
    ...row,
    state: 'approved' as const,
    revision: row.revision + 1,
    decidedRevision: row.revision + 1,
    decidedBy: autoApproveActor,
    decidedAt: now,
    decidedAction: action,
    reason: null,
  };
}

export function developerActor(developerId: string): { readonly actor: string } {
  return { actor: `developer:${developerId}` };
}

export const ruleActor = { actor: autoApproveActor } as const;
