/**
 * The life of the three things that admins decide about, and of keys.
 *
 *   developer     unverified → pending → approved | rejected;  approved ⇄ revoked
 *   application               pending → approved | rejected;  approved ⇄ revoked
 *   registration              pending → approved | rejected | withdrawn;  approved ⇄ revoked
 *   credential    active → rotating → gone;  revoked;  expired
 *
 * Rejected can be reopened. Anything can be deleted; a new request is a new row with a new id.
 */
import { z } from 'zod';

export const developerStates = ['unverified', 'pending', 'approved', 'rejected', 'revoked'] as const;
export const applicationStates = ['pending', 'approved', 'rejected', 'revoked'] as const;
export const registrationStates = ['pending', 'approved', 'rejected', 'withdrawn', 'revoked'] as const;
export const credentialStates = ['active', 'rotating', 'revoked', 'expired'] as const;

/** What an admin may ask for. */
export const actions = ['approve', 'reject', 'revoke', 'reinstate', 'reopen', 'delete'] as const;
export type Action = (typeof actions)[number];
export const actionSchema = z.enum(actions);

/** What an admin may ask it about. */
export const targetKinds = ['developer', 'application', 'registration', 'credential'] as const;
export type TargetKind = (typeof targetKinds)[number];
export const targetKindSchema = z.enum(targetKinds);

/** The kinds that wait in the queue. */
export const requestKinds = ['developer', 'application', 'registration'] as const;
export type RequestKind = (typeof requestKinds)[number];

export const targetStates = [
  'unverified',
  'pending',
  'approved',
  'rejected',
  'withdrawn',
  'revoked',
  'active',
  'rotating',
  'expired',
] as const;
export type TargetState = (typeof targetStates)[number];
export const targetStateSchema = z.enum(targetStates);

/** Actions that can only take access away. They win whatever the order of arrival. */
export function isClosing(action: Action): boolean {
  return action === 'reject' || action === 'revoke' || action === 'delete';
}

/** States in which a thing gives access to nothing and waits for nobody. */
export function isClosed(state: TargetState): boolean {
  return state === 'rejected' || state === 'revoked' || state === 'withdrawn' || state === 'expired';
}

type Steps = Partial<Record<Action, { readonly from: readonly TargetState[]; readonly to: TargetState }>>;

const requestSteps: Steps = {
  approve: { from: ['pending'], to: 'approved' },
  reject: { from: ['pending'], to: 'rejected' },
  revoke: { from: ['approved'], to: 'revoked' },
  reinstate: { from: ['revoked'], to: 'approved' },
  reopen: { from: ['rejected'], to: 'pending' },
};

const steps: Record<TargetKind, Steps> = {
  developer: requestSteps,
  application: requestSteps,
  registration: requestSteps,
  credential: { revoke: { from: ['active', 'rotating'], to: 'revoked' } },
};

/**
 * Where `action` leads from `state`: the next state, `'deleted'`, or null where the transition is illegal.
 * Deletion is legal from every state.
 */
export function nextState(
  kind: TargetKind,
  state: TargetState,
  action: Action,
): TargetState | 'deleted' | null {
  if (action === 'delete') return 'deleted';
  const step = steps[kind][action];
  return step?.from.includes(state) ? step.to : null;
}

/** The state an action wishes for, or null where it means nothing for that kind. */
export function wishedState(kind: TargetKind, action: Action): TargetState | 'deleted' | null {
  if (action === 'delete') return 'deleted';
  return steps[kind][action]?.to ?? null;
}

/** The actions that are legal from `state`, in the order in which interfaces offer them. */
export function legalActions(kind: TargetKind, state: TargetState): Action[] {
  return actions.filter((action) => nextState(kind, state, action) !== null);
}
