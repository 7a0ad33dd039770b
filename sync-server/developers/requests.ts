/** How a rule approves a request, and who acts. */
import { autoApproveActor } from '../../domain/autoapprove.ts';
import type { Action } from '../../domain/states.ts';

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
