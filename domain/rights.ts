/** Which admin may do what. Checked when an intent is applied, from the session's admin, never from the message. */
import type { Role } from './entities.ts';
import type { Action, TargetKind } from './states.ts';

/**
 * Reviewers decide everything but deletion of developers and applications, which takes others' work with it and is an
 * owner's. Viewers decide nothing.
 */
export function mayDecide(role: Role, action: Action, kind: TargetKind): boolean {
  if (role === 'owner') return true;
  if (role === 'viewer') return false;
  return action !== 'delete' || kind === 'registration' || kind === 'credential';
}
