/** The words of the desk: kinds, states, actions and sentences, said the same way everywhere. */
import type { Access, BlockedBy } from '../../domain/access.ts';
import type { DeskOutputs } from '../../domain/desk/api.ts';
import type { Pending, Phase } from '../../domain/desk/rows.ts';
import type { Role } from '../../domain/entities.ts';
import type { Action, RequestKind, TargetKind, TargetState } from '../../domain/states.ts';
import type { Mark } from '../ui/mark.ts';

const grouped = new Intl.NumberFormat('en');

/** `1,204`. */
export function count(value: number): string {
  return grouped.format(value);
}

export const roleWord: Record<Role, string> = {
  owner: 'owner',
  reviewer: 'reviewer',
  viewer: 'viewer',
  'product-owner': 'product owner',
};

const kinds: Record<TargetKind, readonly [one: string, many: string]> = {
  developer: ['developer', 'developers'],
  application: ['application', 'applications'],
  registration: ['registration', 'registrations'],
  credential: ['key', 'keys'],
};

export function kindWord(kind: TargetKind, many = false): string {
  return kinds[kind][many ? 1 : 0];
}

export const kindTitle: Record<RequestKind, string> = {
  developer: 'Developers',
  application: 'Applications',
  registration: 'Registrations',
};

const states: Record<TargetState, readonly [mark: Mark, word: string]> = {
  unverified: ['neutral', 'Unverified'],
  pending: ['pending', 'Pending'],
  approved: ['positive', 'Approved'],
  rejected: ['negative', 'Rejected'],
  withdrawn: ['neutral', 'Withdrawn'],
  revoked: ['blocked', 'Revoked'],
  active: ['positive', 'Active'],
  rotating: ['positive', 'Rotating'],
  expired: ['neutral', 'Expired'],
};

export function stateMark(state: TargetState): Mark {
  return states[state][0];
}

export function stateWord(state: TargetState): string {
  return states[state][1];
}

/** The verb on a button. */
export const verb: Record<Action, string> = {
  approve: 'Approve',
  reject: 'Reject',
  revoke: 'Revoke',
  reinstate: 'Reinstate',
  reopen: 'Reopen',
  delete: 'Delete',
};

/** "approved by Dana". */
export const pastWord: Record<Action, string> = {
  approve: 'approved',
  reject: 'rejected',
  revoke: 'revoked',
  reinstate: 'reinstated',
  reopen: 'reopened',
  delete: 'deleted',
};

const phases: Record<Phase, string> = { held: 'held', waiting: 'waiting', sent: 'sent' };

/** The mark over a row whose decision is on its way: "Approve · held". */
export function pendingLabel({ action, phase }: Pick<Pending, 'action' | 'phase'>): string {
  return `${verb[action]} · ${phases[phase]}`;
}

const blocks: Record<BlockedBy, string> = {
  credential: 'no live key',
  developer: 'the developer is not approved',
  application: 'the application is not approved',
  registration: 'the registration is not approved',
  publication: 'the version is not published here any more',
  strategy: 'the version uses another auth strategy than the application',
  service: 'the version has no gateway service',
};

/** Whether calls go through, and if not, the level that blocks them. Who does not see keys cannot know whether there is one. */
export function accessSentence(access: Access, seesKeys: boolean): string {
  if (!access.open) return `Blocked (${access.status}): ${blocks[access.blockedBy]}`;
  return seesKeys ? 'Calls go through' : 'Calls with a live key go through';
}

const skips: Partial<Record<string, string>> = {
  already_decided: 'already decided',
  forbidden: 'not allowed for your role',
  illegal_transition: 'not possible from their state',
  target_gone: 'gone',
};

function skipWord(code: string): string {
  return skips[code] ?? code.replaceAll('_', ' ');
}

/** "Approve 14: 12 recorded, 2 skipped (already decided)"; for a single one "Approve Mira Holm: recorded". */
export function decidedSentence(
  action: Action,
  asked: { readonly count: number; readonly about: string },
  done: DeskOutputs['decide'],
): string {
  if (asked.count === 1) {
    const [skipped] = done.skipped;
    return `${verb[action]} ${asked.about}: ${skipped ? `skipped (${skipWord(skipped.code)})` : 'recorded'}`;
  }
  const parts = [`${count(done.recorded)} recorded`];
  if (done.withdrawn > 0)
    parts.push(`${count(done.withdrawn)} earlier ${done.withdrawn === 1 ? 'one' : 'ones'} withdrawn`);
  const byReason = Map.groupBy(done.skipped, ({ code }) => skipWord(code));
  for (const [reason, rows] of byReason) parts.push(`${count(rows.length)} skipped (${reason})`);
  return `${verb[action]} ${count(asked.count)}: ${parts.join(', ')}`;
}

/** "Undone 2", with what had left already. */
export function undoneSentence(action: Action, { undone, tooLate }: DeskOutputs['undo']): string {
  const late = tooLate > 0 ? `; ${count(tooLate)} had been sent already` : '';
  return `${verb[action]} undone for ${count(undone)}${late}`;
}

/** "14 pending registrations" for a preview or a scope. */
export function quantity(value: number, kind: TargetKind | null): string {
  const noun = kind === null ? (value === 1 ? 'request' : 'requests') : kindWord(kind, value !== 1);
  return `${count(value)} ${noun}`;
}
